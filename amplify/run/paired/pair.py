"""Pairs two runs item by item, and refuses those that did not answer the same items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.data import Prediction
from amplify.contract.errors import DataError
from amplify.loop.compare.compare import Comparison, adjust, compare
from amplify.run.paired.changes import Change, PromptChange, prompt_changes, setting_changes
from amplify.run.store.stored_run import StoredRun

DIGITS = 12
"""How much of a digest is shown."""

Cells = Mapping[tuple[int, str], Prediction]
"""An arm's predictions by draw and item."""


@dataclass(frozen=True)
class AnswerChange:
    """An item that the two runs answered differently; `first` and `second` are the predictions."""

    first: Prediction
    second: Prediction

    @property
    def kind(self) -> str:
        """Whether the second run mended the answer, broke it, or neither."""
        if self.first.correct == self.second.correct:
            return "changed"
        return "fixed" if self.second.correct else "broken"


@dataclass(frozen=True)
class PairedArm:
    """An arm that both runs have: its comparison, its prompts, and the answers that differ.

    `first` and `second` are its accuracies on the items that both runs answered. `comparison` is
    the second run less the first (None: the runs share no answered item of this arm).
    """

    name: str
    first: float | None
    second: float | None
    comparison: Comparison | None
    prompts: PromptChange
    answers: Sequence[AnswerChange]


@dataclass(frozen=True)
class PairedRuns:
    """Two runs on the same items.

    `items` is how many test items they share, `only_first` and `only_second` count those of one
    run alone, which are left out; `arms` are those that both have, `arms_of_first` and
    `arms_of_second` the names of the others.
    """

    first: StoredRun
    second: StoredRun
    items: int
    only_first: int
    only_second: int
    settings: Sequence[Change]
    arms: Sequence[PairedArm]
    arms_of_first: Sequence[str]
    arms_of_second: Sequence[str]

    @property
    def focus(self) -> PairedArm:
        """The arm of the first run's verdict, or of its race; else the first that both have."""
        record = self.first.record
        name = record.get("race", {}).get("chosen") or record["verdict"]["focus"]
        return next((arm for arm in self.arms if arm.name == name), self.arms[0])


def pair_runs(first: StoredRun, second: StoredRun) -> PairedRuns:
    """The two runs, item by item; DataError that says why where they cannot be paired."""
    _check_data(first, second)
    before, after = _by_arm(first), _by_arm(second)
    items_before, items_after = _items(first), _items(second)
    common = items_before.keys() & items_after.keys()
    if not common:
        raise _refused(second, "the runs have no test item in common", _split_hint(first, second))
    for item in common:
        if items_before[item] != items_after[item]:
            labels = f"{items_before[item]!r} and {items_after[item]!r}"
            raise _refused(second, f"item {item!r} has another label in each run: {labels}")
    names = [name for name in before if name in after]
    if not names:
        arms = f"{', '.join(before)} and {', '.join(after)}"
        raise _refused(second, f"no arm of one run has the name of one of the other: {arms}")
    prompts = prompt_changes(first, second, names)
    paired = [_paired(name, before[name], after[name], prompts[name], first) for name in names]
    return PairedRuns(
        first,
        second,
        len(common),
        len(items_before.keys() - common),
        len(items_after.keys() - common),
        setting_changes(first, second),
        _adjusted(paired),
        [name for name in before if name not in after],
        [name for name in after if name not in before],
    )


def _refused(second: StoredRun, why: str, hint: str = "") -> DataError:
    return DataError(why, where=str(second.folder), hint=hint or "compare runs on the same items")


def _check_data(first: StoredRun, second: StoredRun) -> None:
    """Refuse runs on other data: their items may share names, but not contents."""
    old, new = (_source(run.record["data"]) for run in (first, second))
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            values = f"{str(old.get(key))[:DIGITS]} and {str(new.get(key))[:DIGITS]}"
            raise _refused(second, f"the runs are on different data: {key} {values}")


def _source(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What tells the data of a run: its digest, else all that the task says of its source."""
    if "sha256" in data:
        return {"sha256": data["sha256"]}
    return {key: value for key, value in data.items() if key not in ("splits", "classes", "path")}


def _split_hint(first: StoredRun, second: StoredRun) -> str:
    seeds = [run.plan.get("split", {}).get("seed", run.record["seed"]) for run in (first, second)]
    if seeds[0] == seeds[1]:
        return "compare runs on the same items"
    return f"the splits have seeds {seeds[0]} and {seeds[1]}: set split.seed to the same in both"


def _items(run: StoredRun) -> dict[str, str]:
    """The true label of each item that the run has predictions of."""
    return {p.item: p.label for p in run.predictions}


def _by_arm(run: StoredRun) -> Mapping[str, Cells]:
    by_arm: dict[str, dict[tuple[int, str], Prediction]] = {}
    for prediction in run.predictions:
        if prediction.status != "prepared":
            cells = by_arm.setdefault(prediction.arm, {})
            cells[prediction.draw, prediction.item] = prediction
    return by_arm


def _paired(
    name: str, before: Cells, after: Cells, prompts: PromptChange, first: StoredRun
) -> PairedArm:
    common = [cell for cell in before if cell in after]
    pairs = [(before[cell], after[cell]) for cell in common]
    changes = [
        AnswerChange(a, b) for a, b in pairs if (a.answer, a.correct) != (b.answer, b.correct)
    ]
    right = [sum(pair[i].correct for pair in pairs) / len(pairs) if pairs else None for i in (0, 1)]
    comparison = compare(name, name, _draws(after), _draws(before), **_metric(first))
    return PairedArm(name, right[0], right[1], comparison, prompts, changes)


def _draws(cells: Cells) -> dict[tuple[int, int], list[Prediction]]:
    """Predictions by draw; draws of one number are set beside each other, whatever their seeds."""
    draws: dict[tuple[int, int], list[Prediction]] = {}
    for (draw, _), prediction in cells.items():
        draws.setdefault((0, draw), []).append(prediction)
    return draws


def _metric(run: StoredRun) -> dict[str, Any]:
    """What the first run compares its arms by, and the labels for it."""
    metric = run.plan.get("verdict", {}).get("metric", "accuracy")
    return {"metric": metric, "labels": [*run.record["data"].get("classes", {}).get("test", {})]}


def _adjusted(arms: Sequence[PairedArm]) -> list[PairedArm]:
    """The arms with p-values after Holm over all of them."""
    known = [arm for arm in arms if arm.comparison is not None]
    of_family = adjust(
        "arms of both runs", [a.comparison for a in known if a.comparison is not None]
    )
    by_name = {a.name: comparison for a, comparison in zip(known, of_family, strict=True)}
    return [replace(arm, comparison=by_name.get(arm.name)) for arm in arms]


def counts(arm: PairedArm) -> Counter[str]:
    """How many answers were fixed, broken, and changed from one wrong answer to another."""
    return Counter(change.kind for change in arm.answers)
