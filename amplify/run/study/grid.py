"""The grid of a study: tasks, LLMs and seeds as runs, everything else as arms."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from amplify.contract.options import option
from amplify.run.overrides import Overrides
from amplify.run.plan import Plan
from amplify.run.read import SECTIONS, resolve_plan
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


@dataclass(frozen=True)
class Choice:
    """`[[vary]]` with `choose`: of these variants of an arm, the best on held-out pool parts is
    the arm that is measured on test."""

    arm: str
    parts: int
    variants: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Cell:
    """One run of the study: a task, an LLM and a seed, with all the arms.

    `tables` are those of a plan, `names` the arms among them that are measured, `variants` those
    of the names that were made from another arm.
    """

    task: str
    llm: str
    seed: int
    tables: Mapping[str, Any]
    names: tuple[str, ...]
    variants: frozenset[str]
    base: str

    @property
    def name(self) -> str:
        """What it is called on the console."""
        return f"{self.task}, {self.llm}, seed {self.seed}"

    @property
    def folder(self) -> str:
        """The name of its folder: readable, and its own even where names differ by a sign."""
        plain = re.sub(r"[^\w.-]+", "-", f"{self.task}--{self.llm}", flags=re.ASCII).strip(".-")
        digest = hashlib.sha256(json.dumps([self.task, self.llm]).encode()).hexdigest()[:6]
        return f"{plain}-{digest}-{self.seed}"

    def plan(self, chosen: Mapping[str, Mapping[str, Any]] | None = None) -> Plan:
        """Its plan; `chosen` holds, by arm, the keys that were chosen on the pool."""
        arms = [{**arm, **(chosen or {}).get(arm["name"], {})} for arm in self.tables["arms"]]
        return self._resolved({**self.tables, "arms": arms}, self.names)

    def choosing(self, choice: Choice, part: int) -> Plan:
        """The plan that measures a choice's variants on one part of the pool."""
        variants = [
            {"like": choice.arm, **keys, "name": name} for name, keys in choice.variants.items()
        ]
        sections = {
            "run": {"focus": variants[0]["name"], "faithfulness": False},
            "split": {"held_out": f"{part}/{choice.parts}"},
        }
        tables = layered({k: v for k, v in self.tables.items() if k != "verdict"}, sections)
        surveys = tables.get("survey", {}).get("arm")
        asks = [n for n in self.names if n in ((surveys,) if surveys else SURVEYS)]
        tables["arms"] = [*self.tables["arms"], *variants]
        return self._resolved(tables, (*asks, *choice.variants))

    def _resolved(self, tables: Mapping[str, Any], names: Sequence[str]) -> Plan:
        overrides = Overrides(
            sets=tuple(tables.get("set", ())), arms=tuple(names), shots=tables.get("shots")
        )
        said = {key: value for key, value in tables.items() if key in SECTIONS}
        return resolve_plan(said, overrides, self.base)


@dataclass(frozen=True)
class Study:
    """A study as it is read: its cells, what is chosen in each, and what stands beside it.

    `same` names, for an arm that a variant is equal to, the variants: each is measured once.
    """

    section: StudySection
    cells: tuple[Cell, ...]
    choices: tuple[Choice, ...] = ()
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
