"""Reads what a finished prompt keeps of a run's record: the arm, its score, its prior."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from amplify.contract.data import Task
from amplify.contract.errors import PlanError
from amplify.contract.guard.visible import shell_word
from amplify.contract.template import Demonstration
from amplify.loop.prompt.arm import PreparedArm, drawn_name
from amplify.run.plan.plan import Plan
from amplify.run.prompt.default_arm import better_arms, better_words, default_arm, loss_words
from amplify.run.prompt.parts import Provenance, ShownDemonstration, Word
from amplify.run.store.priors import read_priors
from amplify.run.store.read_back import read_stored, reading

SCORED = ("items", "answers", "correct", "accuracy", "interval")
"""The keys of an arm's score in the record that a prompt keeps."""

GAINED = ("arm", "baseline", "items", "metric", "difference", "interval", "p_value", "adjusted")
"""The keys of a comparison in the record that a prompt keeps."""

FROM_DATA = ("path", "sha256")
"""The keys of the record's data that a prompt keeps."""

REPEAT = "finish the run anew with --resume"


class _Named(msgspec.Struct):
    """An arm of the record."""

    name: str
    items: int = 0
    accuracy: float | None = None


class _Compared(msgspec.Struct):
    """A comparison of the record."""

    arm: str
    baseline: str


class _Verdict(msgspec.Struct):
    """The verdict of the record."""

    sentences: list[str]
    focus: str
    baseline: str | None = None
    outcome: str = ""


class _Race(msgspec.Struct):
    """The race of the record of a tune."""

    chosen: str | None
    baseline: str


class _Record(msgspec.Struct):
    """What a prompt needs of a record, whatever else is in it."""

    schema: Literal[1]
    plan: str
    data: dict[str, Any]
    provider: dict[str, Any]
    versions: dict[str, str]
    arms: list[_Named]
    comparisons: list[_Compared]
    verdict: _Verdict
    race: _Race | None = None


@dataclass(frozen=True)
class RunRecord:
    """The record of a finished run, with its folder and its plan."""

    folder: Path
    plan: Plan
    record: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path, plan: Plan) -> RunRecord:
        """The record in the folder; PlanError where the run is not finished."""
        path = folder / "record.json"
        if not path.exists():
            raise PlanError(
                "the run is not finished: it has no record",
                where=str(folder),
                hint=f"finish it first: amplify run --resume --out {shell_word(folder)}",
            )
        with reading(path, "the record cannot be read", REPEAT):
            record = json.loads(read_stored(path))
            msgspec.convert(record, _Record)
        return cls(folder, plan, record)

    def choose(self, name: str | None, draw: int | None) -> tuple[str, int]:
        """The plan's name of the arm and the number of its draw.

        Without a `name` it is the focus of the run, its baseline where the focus was shown to do
        worse, or what a tune has chosen; without a `draw` the one that the run chose as the best,
        else 0.
        """
        if name is None and "race" in self.record:
            name, number = self._chosen_by_race()
            draw = number if draw is None else draw
        names = [arm.name for arm in self.plan.arms]
        name = default_arm(self.record["verdict"]) if name is None else name
        if name not in names:
            raise PlanError(
                f"the run has no arm {name!r}",
                where="--arm",
                hint=f"its arms: {', '.join(names)}",
            )
        if draw is not None:
            return name, draw
        return name, self._score(name, 0).get("best_draw") or 0

    @property
    def loss(self) -> str | None:
        """That the baseline's prompt is taken by default, as the focus lost; None where it did
        not."""
        return None if "race" in self.record else loss_words(self.record["verdict"])

    def better(self, taken: str) -> list[str]:
        """The arms that had more test items right than the one that is taken, the best first; of a
        tune, which has chosen, none."""
        names = {arm.name for arm in self.plan.arms}
        return [] if "race" in self.record else better_arms(self.record["arms"], taken, names)

    def better_words(self, taken: str, better: str) -> str:
        """That an arm had more test items right than the one that is taken."""
        return better_words(self.record["arms"], taken, better)

    def prior(self, prepared: PreparedArm) -> dict[str, float]:
        """The label probabilities by which the draw of an arm was calibrated."""
        prior = read_priors(self.folder).get(prepared.name)
        if not prior:
            raise PlanError(
                "it calibrates, but its prior is not in the run's folder",
                where=f"arm {prepared.plan_name!r}",
                hint="finish the run with --resume, or name another arm with --arm",
            )
        return prior

    def provenance(
        self, prepared: PreparedArm, task: Task, shown: tuple[Demonstration, ...]
    ) -> Provenance:
        """Where the arm's prompt comes from; `shown` are the demonstrations that all inputs see."""
        record, name = self.record, prepared.plan_name
        with reading(self.folder / "record.json", "the record cannot be read", REPEAT):
            score = self._score(name, prepared.draw)
            baseline = record.get("race", {}).get("baseline", self.plan.baseline)
            compared = [
                comparison
                for comparison in record["comparisons"]
                if comparison["arm"] == score.get("name") and comparison["baseline"] == baseline
            ]
            gains = [{key: row[key] for key in GAINED if key in row} for row in compared]
            return Provenance(
                task.name,
                record["plan"],
                score.get("prompts", ""),
                {key: record["data"][key] for key in FROM_DATA if key in record["data"]},
                record["provider"],
                record["versions"],
                {key: score[key] for key in SCORED if key in score},
                gains[0] if gains else None,
                tuple(record["verdict"]["sentences"]),
                tuple(map(_shown, shown)),
            )

    def _chosen_by_race(self) -> tuple[str, int]:
        """The plan's name of the arm that a tune has chosen, and the number of its draw."""
        chosen = self.record["race"]["chosen"]
        if chosen is None:
            raise PlanError(
                "the tune was stopped before it has chosen a prompt",
                where=str(self.folder),
                hint=f"finish it: amplify tune --resume --out {shell_word(self.folder)};"
                " or name an arm with --arm",
            )
        for arm in self.plan.arms:
            for draw in range(self.plan.draws_of(arm) + 1):
                if drawn_name(arm.name, draw) == chosen:
                    return arm.name, draw
        return chosen, 0

    def _score(self, name: str, draw: int) -> Mapping[str, Any]:
        """The arm's part of the record, which after a race is that of its draw; empty if
        untested."""
        by_name = {arm["name"]: arm for arm in self.record["arms"]}
        return by_name.get(name) or by_name.get(drawn_name(name, draw)) or {}


def _shown(demonstration: Demonstration) -> ShownDemonstration:
    example = demonstration.example
    return ShownDemonstration(
        example.id,
        example.text,
        example.label,
        demonstration.rationale,
        tuple(Word(word.text, round(word.score, 4)) for word in demonstration.words),
        None if demonstration.mcs is None else round(demonstration.mcs, 4),
    )
