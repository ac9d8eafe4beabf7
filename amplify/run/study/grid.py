"""The grid of a study: tasks, LLMs and seeds as runs, everything else as arms."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from amplify.contract.options import option
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import SECTIONS, resolve_plan
from amplify.run.plan.variants import Variant
from amplify.run.study.figures import Figure
from amplify.run.study.layers import layered
from amplify.run.study.vary import Puts

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


@dataclass(frozen=True)
class Choice:
    """`[[vary]]` with `choose`: of these variants of an arm, the best on held-out pool parts is
    the arm that is measured on test."""

    arm: str
    parts: int
    variants: Mapping[str, Puts]


@dataclass(frozen=True, eq=False)
class Cell:
    """One run of the study: a task, an LLM and a seed, with all the arms.

    `tables` are those of a plan, `names` the arms among them that are measured, with `variants`.
    """

    task: str
    llm: str
    seed: int
    tables: Mapping[str, Any]
    names: tuple[str, ...]
    variants: tuple[Variant, ...]
    choices: tuple[Choice, ...]
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
        taken = tuple(
            Variant(choice.arm, choice.arm, choice.variants[chosen[choice.arm]])
            for choice in self.choices
            if chosen
        )
        return self._resolved(self.tables, (*taken, *self.variants), ())

    def choosing(self, choice: Choice, part: int) -> Plan:
        """The plan that measures a choice's variants on one part of the pool."""
        sections = {
            "run": {"faithfulness": False},
            "split": {"held_out": f"{part}/{choice.parts}"},
        }
        tables = layered(self.tables, sections)
        surveys = tables.get("survey", {}).get("arm")
        asks = [n for n in self.names if n in ((surveys,) if surveys else SURVEYS)]
        made = tuple(Variant(name, choice.arm, puts) for name, puts in choice.variants.items())
        return self._resolved(tables, made, (*asks, *choice.variants))

    def _resolved(
        self, tables: Mapping[str, Any], variants: Sequence[Variant], only: Sequence[str]
    ) -> Plan:
        overrides = Overrides(
            sets=tuple(tables.get("set", ())), arms=self.names, shots=tables.get("shots")
        )
        said = {key: value for key, value in tables.items() if key in SECTIONS}
        # One arm that comes to nothing is no reason to measure none of the others.
        said["guards"] = {"alike": "note", **said.get("guards", {})}
        return resolve_plan(said, overrides, self.base, variants, only)


def file_name(text: str) -> str:
    """A name for a file or folder that reads like the text: no separators, not long."""
    return re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII).strip(".-")[:80] or "study"


@dataclass(frozen=True)
class Study:
    """A study as it is read: its cells, and the published figures that stand beside them.

    `same` names, for an arm that a variant is equal to, the variants: each is measured once.
    """

    section: StudySection
    cells: tuple[Cell, ...]
    figures: tuple[Figure, ...] = ()
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What identifies the work: sha256 of all that is said but how to ask, what to show and
        where."""
        table = {k: v for k, v in self.table.items() if k not in ("calls", "verdict", "figures")}
        table["study"] = {key: self.table["study"][key] for key in ("seeds", "set", "arms")}
        return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
