"""Selectors that try demonstrations, with an LLM whose answers are scripted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from amplify import Candidate, Context, Example, PlanError, Trial
from amplify.builtin.selectors.options import BestOfOptions, ConfidentErrorsOptions
from amplify.builtin.selectors.tried import BestOf, ConfidentErrors

POOL = [Candidate(Example(f"e{n}", f"text {n}", "yn"[n % 2])) for n in range(12)]


class Scripted:
    """Answers each item by a rule, and keeps what was tried."""

    def __init__(self, rule: Callable[[set[str], Example], Trial]) -> None:
        self.rule = rule
        self.tried: list[tuple[list[str], list[str]]] = []

    def __call__(self, shots: Sequence[Candidate], items: Sequence[Candidate]) -> list[Trial]:
        shown = [c.example.id for c in shots]
        self.tried.append((shown, [c.example.id for c in items]))
        return [self.rule(set(shown), c.example) for c in items if c.example.id not in shown]


def best_of(sets: int, items: int, balanced: bool = False, seed: int = 0) -> BestOf:
    options = BestOfOptions(sets=sets, items=items, balanced=balanced)
    return BestOf(options, Context(seed=seed, labels=("y", "n")))


def test_the_set_with_most_right_answers_is_chosen() -> None:
    # Whatever is shown beside it, an item is right where the sixth tried set is shown.
    dry = Scripted(lambda shown, e: Trial(e, "y", False))
    best_of(8, 4).select(POOL, 2, (), dry)
    sixth = dry.tried[5][0]
    script = Scripted(lambda shown, e: Trial(e, "y", shown == set(sixth)))
    selection = best_of(8, 4).select(POOL, 2, (), script)
    assert [shot.example.id for shot in selection.shots] == sixth
    (note,) = selection.notes
    assert note.startswith("best of 8 random sets by 4 pool items, 32 answers: 100% right, ")


def test_every_set_answers_the_same_items_and_shows_none_of_them() -> None:
    script = Scripted(lambda shown, e: Trial(e, "y", True))
    selection = best_of(5, 4).select(POOL, 3, (), script)
    shown, items = zip(*script.tried, strict=True)
    assert len(script.tried) == 5
    assert len({tuple(names) for names in items}) == 1
    assert len(items[0]) == 4
    assert not set(items[0]) & {name for names in shown for name in names}
    assert len({tuple(names) for names in shown}) > 1
    # Of equals the first.
    assert [shot.example.id for shot in selection.shots] == shown[0]


def test_no_set_is_tried_twice() -> None:
    script = Scripted(lambda shown, e: Trial(e, "y", True))
    selection = best_of(20, 1).select(POOL[:5], 2, (), script)
    assert len({frozenset(shown) for shown, _ in script.tried}) == len(script.tried) == 6
    assert selection.notes[0].startswith("best of 6 random sets by 1 pool item, 6 answers")


def test_at_most_half_of_the_candidates_are_items() -> None:
    script = Scripted(lambda shown, e: Trial(e, "y", True))
    best_of(2, 30).select(POOL, 3, (), script)
    assert [len(items) for _, items in script.tried] == [6, 6]


def test_the_seed_draws_the_sets_and_labels_take_turns() -> None:
    tried = []
    for seed in (0, 0, 1):
        script = Scripted(lambda shown, e: Trial(e, "y", True))
        best_of(3, 4, True, seed).select(POOL, 4, (), script)
        tried.append(script.tried)
    assert tried[0] == tried[1] != tried[2]
    labels = {c.example.id: c.example.label for c in POOL}
    assert {sum(labels[name] == "y" for name in shown) for shown, _ in tried[0]} == {2}


def confident(steps: int, replaced: int, items: int = 0) -> ConfidentErrors:
    options = ConfidentErrorsOptions(steps=steps, replaced=replaced, items=items)
    return ConfidentErrors(options, Context(labels=("y", "n"), answer="rank"))


def unsure(truth: float) -> Callable[[set[str], Example], Trial]:
    """The LLM gives the true label of item `eN` the probability `truth` less N hundredths."""

    def rule(shown: set[str], e: Example) -> Trial:
        p = truth - int(e.id[1:]) / 100
        wrong = "n" if e.label == "y" else "y"
        return Trial(e, e.label, p > 0.5, {e.label: p, wrong: 1 - p})

    return rule


def test_the_most_misconfident_items_take_the_places_of_the_first_demonstrations() -> None:
    script = Scripted(unsure(0.6))
    selection = confident(1, 2).select(POOL, 3, (), script)
    ((first, _),) = script.tried
    waiting = sorted(
        (c.example.id for c in POOL if c.example.id not in first), key=lambda n: int(n[1:])
    )
    shown = [shot.example.id for shot in selection.shots]
    # p(wrong) / p(true) grows with the number of the item: the last two of those not shown.
    assert shown[1:] == waiting[-2:]
    assert shown[0] in first


def test_each_step_asks_the_pool_anew_with_what_the_last_one_showed() -> None:
    script = Scripted(unsure(0.6))
    selection = confident(3, 2).select(POOL, 4, (), script)
    shown = [set(names) for names, _ in script.tried]
    assert len(shown) == 3
    for before, after in pairwise(shown):
        assert len(after - before) == 2
    for names, items in script.tried:
        assert not set(names) & set(items)
        assert len(items) == 8
    assert selection.notes[0].startswith("3 steps, 24 calls on pool items")


def test_a_step_asks_no_more_items_than_it_is_told() -> None:
    script = Scripted(unsure(0.6))
    confident(2, 1, items=5).select(POOL, 4, (), script)
    assert [len(items) for _, items in script.tried] == [5, 5]


def test_items_that_become_easy_leave_again() -> None:
    """An item whose misconfidence was low when it was asked goes before one that was high."""
    ranks = {"e0": 9.0, "e1": 5.0, "e2": 7.0}

    def rule(shown: set[str], e: Example) -> Trial:
        odds = ranks.get(e.id, 0.1)
        wrong = "n" if e.label == "y" else "y"
        return Trial(e, wrong, False, {e.label: 1 / (1 + odds), wrong: odds / (1 + odds)})

    pool = POOL[:6]
    selection = confident(6, 1).select(pool, 2, (), Scripted(rule))
    assert {shot.example.id for shot in selection.shots} & set(ranks)


def test_an_llm_that_writes_is_refused() -> None:
    with pytest.raises(PlanError, match="tells none"):
        ConfidentErrors(ConfidentErrorsOptions(), Context(answer="write"))


def test_an_llm_without_probabilities_is_refused() -> None:
    script = Scripted(lambda shown, e: Trial(e, "y", False))
    with pytest.raises(PlanError, match="tells no probabilities of the labels of e"):
        confident(1, 1).select(POOL, 2, (), script)


@pytest.mark.parametrize(("sets", "items"), [(0, 1), (1, 0)])
def test_no_set_and_no_item_is_refused(sets: int, items: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        BestOfOptions(sets=sets, items=items)
