"""Pairs two runs item by item, and refuses those that did not answer the same items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.data import Prediction
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.family import adjust
from amplify.run.paired.changes import Change, PromptChange, prompt_changes, setting_changes
from amplify.run.paired.same_data import check_same_data, not_comparable
from amplify.run.store.stored_run import StoredRun

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

    `pairs` counts its answers that have one of the other run beside them: those to the same item in
    the draw of the same number. `first` and `second` are its accuracies on them, `comparison` is
    the second run less the first (None: there is no pair).
    """

    name: str
    pairs: int
    first: float | None
    second: float | None
    comparison: Comparison | None
    prompts: PromptChange
    answers: Sequence[AnswerChange]


@dataclass(frozen=True)
class PairedRuns:
    """Two runs on the same items.

    `items` is how many test items both answered, `only_first` and `only_second` count those that
    one run alone did, which are left out; `arms` are those that both have, `arms_of_first` and
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
    """The two runs, item by item; DataError that says why where they cannot be paired.

    The p-values are not adjusted yet: that takes all comparisons that are looked at (`adjusted`).
    """
    check_same_data(first, second)
    before, after = _by_arm(first), _by_arm(second)
    items_before, items_after = _items(before), _items(after)
    common = items_before.keys() & items_after.keys()
    if not common:
        why = "no test item was answered in both runs"
        raise not_comparable(second, why, _split_hint(first, second))
    for item in common:
        if items_before[item] != items_after[item]:
            labels = f"{items_before[item]!r} and {items_after[item]!r}"
            raise not_comparable(second, f"item {item!r} has another label in each run: {labels}")
    names = [name for name in before if name in after]
    if not names:
        arms = f"{', '.join(before)} and {', '.join(after)}"
        raise not_comparable(second, f"no arm of one run has the name of one of the other: {arms}")
    prompts = prompt_changes(first, second, names)
    paired = [_paired(name, before[name], after[name], prompts[name], first) for name in names]
    if not any(arm.pairs for arm in paired):
        numbers = f"{_numbers(before[names[0]])} and {_numbers(after[names[0]])}"
        why = f"no arm has a draw of the same number in both runs: {names[0]} has {numbers}"
        raise not_comparable(second, why, "set run.draws to the same in both")
    return PairedRuns(
        first,
        second,
        len(common),
        len(items_before.keys() - common),
        len(items_after.keys() - common),
        setting_changes(first, second),
        paired,
        [name for name in before if name not in after],
        [name for name in after if name not in before],
    )


def _split_hint(first: StoredRun, second: StoredRun) -> str:
    seeds = [run.plan.get("split", {}).get("seed", run.record["seed"]) for run in (first, second)]
    if seeds[0] == seeds[1]:
        return "compare runs on the same items"
    return f"the splits have seeds {seeds[0]} and {seeds[1]}: set split.seed to the same in both"


def _items(arms: Mapping[str, Cells]) -> dict[str, str]:
    """The true label of each item that any of a run's arms answered."""
    return {item: p.label for cells in arms.values() for (_, item), p in cells.items()}


def _numbers(cells: Cells) -> str:
    """The numbers of an arm's draws, in words."""
    draws = sorted({draw for draw, _ in cells})
    return f"draws {draws[0]} to {draws[-1]}" if draws[-1] else "a single draw"


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
    seed = first.record["seed"]
    ours, theirs = ({c: cells[c] for c in common} for cells in (after, before))
    comparison = compare(name, name, _draws(ours, seed), _draws(theirs, seed), **_metric(first))
    return PairedArm(name, len(pairs), right[0], right[1], comparison, prompts, changes)


def _draws(cells: Cells, seed: int) -> dict[tuple[int, int], list[Prediction]]:
    """Predictions by draw; draws of one number are set beside each other, whatever their seeds.

    `seed` is the one under which both are known to the comparison.
    """
    draws: dict[tuple[int, int], list[Prediction]] = {}
    for (draw, _), prediction in cells.items():
        draws.setdefault((seed, draw), []).append(prediction)
    return draws


def _metric(run: StoredRun) -> dict[str, Any]:
    """What the first run compares its arms by, and the labels for it."""
    metric = run.plan.get("verdict", {}).get("metric", "accuracy")
    return {"metric": metric, "labels": [*run.record["data"].get("classes", {}).get("test", {})]}


def adjusted(comparisons: Sequence[PairedRuns]) -> list[PairedRuns]:
    """The runs with p-values after Holm over all arms of all of them."""
    known = [
        c for paired in comparisons for arm in paired.arms if (c := arm.comparison) is not None
    ]
    of_family = iter(adjust("arms of all runs that are compared with the first", known))
    return [replace(paired, arms=list(_with(paired.arms, of_family))) for paired in comparisons]


def _with(arms: Sequence[PairedArm], comparisons: Iterator[Comparison]) -> Iterator[PairedArm]:
    """The arms, each that has a comparison with the next of the `comparisons` in its place."""
    for arm in arms:
        yield arm if arm.comparison is None else replace(arm, comparison=next(comparisons))


def counts(arm: PairedArm) -> Counter[str]:
    """How many answers were fixed, broken, and changed from one wrong answer to another."""
    return Counter(change.kind for change in arm.answers)
