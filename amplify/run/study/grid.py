"""The grid of a study: each task, LLM and seed is a run, and everything else an arm of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from amplify.contract.errors import PlanError
from amplify.contract.options import option
from amplify.run.plan.axes import Changes
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import resolve_plan
from amplify.run.plan.schema import SECTIONS
from amplify.run.plan.variants import Variant
from amplify.run.study.figures import Figure
from amplify.run.study.layers import layered

Family = Literal["study", "task", "arm"]

SURVEYS = ("answer-only", "zero-shot")
"""The arms that a survey asks with where the study names none."""


@dataclass(frozen=True)
class StudySection:
    """`[study]`: what belongs to the study as a whole."""

    name: str = option("study", help="what the study is called; its folder, too")
    title: str = option("", help="one line over its tables")
    seeds: tuple[int, ...] = option((0,), help="each run is made once for every seed")
    family: Family = option(
        "study",
        help="which comparisons are adjusted together: all of the study, those of a task (and LLM),"
        " or those with the same other arm",
    )
    set: tuple[str, ...] = option((), help="role.key=value, laid over every plan, as -o does")
    out: str | None = option(None, help="study folder (default: studies/NAME-TIME)")
    base: str = option("", help="folder that relative paths start from (set when it is stored)")
    arms: tuple[str, ...] = option((), help="the arms that are measured (default: all)")


@dataclass(frozen=True)
class VariantChoice:
    """`[[vary]]` with `choose`: which of these variants of an arm is measured on the test items.

    It is the one that does best on so many held-out `parts` of the pool. `variants` holds the
    changes that make each, by its name.
    """

    arm: str
    parts: int
    variants: Mapping[str, Changes]


@dataclass(frozen=True, eq=False)
class Cell:
    """One run of the study: a task, an LLM and a seed, with all the arms.

    `tables` are those of a plan, `names` the arms among them that are measured. So are `variants`,
    and of each of the `choices` the variant that is chosen. Relative paths start from `base`.
    """

    task: str
    llm: str
    seed: int
    tables: Mapping[str, Any]
    names: tuple[str, ...]
    variants: tuple[Variant, ...]
    choices: tuple[VariantChoice, ...]
    base: str

    @property
    def name(self) -> str:
        """What it is called on the console."""
        return f"{self.task}, {self.llm}, seed {self.seed}"

    @property
    def folder(self) -> str:
        """The name of its folder: readable, and its own even where names differ by a sign."""
        digest = hashlib.sha256(json.dumps([self.task, self.llm]).encode()).hexdigest()[:6]
        return f"{file_name(f'{self.task}--{self.llm}')}-{digest}-{self.seed}"

    def plan(self, chosen: Mapping[str, str] | None = None) -> Plan:
        """Its plan; `chosen` names, by arm, the variant that was chosen on the pool."""
        changed = tuple(
            Variant(choice.arm, choice.arm, choice.variants[chosen[choice.arm]])
            for choice in self.choices
            if chosen
        )
        return self._resolved(self.tables, (*changed, *self.variants), ())

    def choosing(self, choice: VariantChoice, part: int) -> Plan:
        """The plan that measures a choice's variants on one part of the pool, counted from 1.

        It does not measure what demonstrations are worth, whatever the study says.
        """
        sections = {
            "run": {"faithfulness": False, "choose_on": 0},
            "split": {"held_out": f"{part}/{choice.parts}"},
        }
        tables = {k: v for k, v in layered(self.tables, sections).items() if k != "worth"}
        tables["set"] = [text for text in tables.get("set", ()) if not text.startswith("worth.")]
        survey_arm = tables.get("survey", {}).get("arm")
        survey_arms = [n for n in self.names if n in ((survey_arm,) if survey_arm else SURVEYS)]
        variants = tuple(
            Variant(name, choice.arm, changes) for name, changes in choice.variants.items()
        )
        return self._resolved(tables, variants, (*survey_arms, *choice.variants))

    def _resolved(
        self, tables: Mapping[str, Any], variants: Sequence[Variant], only: Sequence[str]
    ) -> Plan:
        overrides = Overrides(
            sets=tuple(tables.get("set", ())), arms=self.names, shots=tables.get("shots")
        )
        sections = {key: value for key, value in tables.items() if key in SECTIONS}
        if "tune" in sections:
            raise PlanError(
                "a study measures all of its arms, and races none",
                where="[tune]",
                hint="race them with amplify tune PLAN.toml",
            )
        # One arm that comes to nothing is no reason to measure none of the others.
        sections["guards"] = {"alike": "note", **sections.get("guards", {})}
        return resolve_plan(sections, overrides, self.base, variants, only)


def file_name(text: str) -> str:
    """A name for a file or folder that reads like the text: no separators, not long."""
    return re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII).strip(".-")[:80] or "study"


@dataclass(frozen=True)
class Study:
    """A study that was read: its cells, and the published figures that stand beside them.

    `same` holds, by arm, the names of the variants that are equal to it: they are measured once.
    `table` is the study's TOML form.
    """

    section: StudySection
    cells: tuple[Cell, ...]
    figures: tuple[Figure, ...] = ()
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What identifies the work: sha256 of the table without `[calls]`, `[verdict]`, the
        published figures and the study's name and folders."""
        table = {k: v for k, v in self.table.items() if k not in ("calls", "verdict", "figures")}
        table["study"] = {key: self.table["study"][key] for key in ("seeds", "set", "arms")}
        return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
