from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplify import Prediction
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.compare import compare as compare_draws
from amplify.loop.compare.family import adjust
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.statistics import mcnemar


def predicted(marks: str, first: int = 0) -> list[Prediction]:
    """`1` right, `0` wrong, `u` unparsed, `f` failed, `p` prepared."""
    status = {"u": "unparsed", "f": "failed", "p": "prepared"}
    return [
        Prediction("arm", f"i{n}", "a", "a", status.get(m, "answered"), m == "1")  # type: ignore[arg-type]  # a status
        for n, m in enumerate(marks, first)
    ]


def compare(
    arm: str, baseline: str, ours: list[Prediction], theirs: list[Prediction]
) -> Comparison | None:
    """The comparison of a single draw of each."""
    return compare_draws(arm, baseline, {(0, 0): ours}, {(0, 0): theirs})


def over_seeds(predictions: dict[int, list[Prediction]]) -> ByDraw:
    return {(seed, 0): of_seed for seed, of_seed in predictions.items()}


def test_a_comparison_is_paired_on_the_items_that_both_have() -> None:
    found = compare("a", "b", predicted("1101p"), predicted("0111p"))
    assert found is not None
    assert (found.items, found.fixed, found.broken) == (4, 1, 1)
    assert found.difference == 0
    assert found.p_value == 1
    assert found.interval is not None
    low, high = found.interval
    assert low < 0 < high


def test_nothing_is_compared_where_nothing_was_answered() -> None:
    assert compare("a", "b", predicted("ppp"), predicted("111")) is None


@settings(max_examples=10)
@given(st.lists(st.sampled_from("01"), min_size=2, max_size=40))
def test_swapping_the_arms_mirrors_the_comparison(marks: list[str]) -> None:
    ours, theirs = predicted("".join(marks)), predicted("".join(reversed(marks)))
    there, back = compare("a", "b", ours, theirs), compare("b", "a", theirs, ours)
    assert there is not None
    assert back is not None
    assert there.difference == -back.difference
    assert there.p_value == back.p_value
    assert (there.fixed, there.broken) == (back.broken, back.fixed)


def test_fixed_is_what_the_arm_alone_gets_right() -> None:
    found = compare("a", "b", predicted("11110"), predicted("10001"))
    assert found is not None
    assert (found.fixed, found.broken) == (3, 1)
    assert found.difference == pytest.approx(0.4)
    assert found.interval is not None
    assert found.interval[0] < 0.4 < found.interval[1]


def test_unparsed_and_failed_items_are_wrong_for_a_comparison() -> None:
    found = compare("a", "b", predicted("uf1"), predicted("111"))
    assert found is not None
    assert (found.items, found.fixed, found.broken) == (3, 0, 2)


def marks(seed: int, chance: float, size: int = 60) -> str:
    draw = random.Random(seed)
    return "".join("1" if draw.random() < chance else "0" for _ in range(size))


def test_seeds_are_pooled_by_item_and_shown_apart() -> None:
    ours = {seed: predicted(marks(seed, 0.9)) for seed in (3, 1, 2)}
    theirs = {seed: predicted(marks(seed + 50, 0.5)) for seed in (1, 2, 3, 4)}
    found = compare_draws("a", "b", over_seeds(ours), over_seeds(theirs))
    assert found is not None
    assert (found.items, found.test) == (60, "t over draws and items")
    assert [one.seed for one in found.by_draw] == [1, 2, 3]
    alone = {seed: compare("a", "b", ours[seed], theirs[seed]) for seed in ours}
    for one in found.by_draw:
        single = alone[one.seed]
        assert single is not None
        assert (one.difference, one.p_value) == (single.difference, single.p_value)
    assert found.difference == pytest.approx(sum(s.difference for s in found.by_draw) / 3)
    assert found.p_value < 0.05


def test_equal_seeds_are_no_more_evidence_than_one() -> None:
    one, other = predicted(marks(1, 0.7, 200)), predicted(marks(2, 0.6, 200))
    single = compare("a", "b", one, other)
    seeds = range(3)
    tripled = compare_draws(
        "a", "b", over_seeds(dict.fromkeys(seeds, one)), over_seeds(dict.fromkeys(seeds, other))
    )
    assert single is not None
    assert tripled is not None
    assert tripled.interval == pytest.approx(single.interval, abs=0.003)
    assert tripled.p_value == pytest.approx(single.p_value, abs=0.02)
    # Tests that take the answers for independent would see three times the evidence.
    assert mcnemar(tripled.fixed, tripled.broken) < single.p_value / 2


def test_seeds_may_have_test_items_of_their_own() -> None:
    ours = {0: predicted("1111"), 1: predicted("110", first=2)}
    theirs = {0: predicted("0011"), 1: predicted("000", first=2)}
    found = compare_draws("a", "b", over_seeds(ours), over_seeds(theirs))
    assert found is not None
    assert (found.items, found.fixed, found.broken) == (5, 4, 0)
    assert found.difference == pytest.approx(4 / 7)
    assert found.interval is not None
    assert found.interval[0] <= 4 / 7 <= found.interval[1]


def test_a_family_is_adjusted_together_and_keeps_its_order() -> None:
    made = [
        compare("a", name, predicted(marks(1, chance, 300)), predicted(marks(9, 0.5, 300)))
        for name, chance in (("same", 0.5), ("better", 0.9), ("some", 0.62))
    ]
    found = adjust("mine", [one for one in made if one is not None])
    assert [one.baseline for one in found] == ["same", "better", "some"]
    assert {(one.family, one.comparisons) for one in found} == {("mine", 3)}
    assert found[1].adjusted == pytest.approx(3 * found[1].p_value)
    assert all(one.adjusted is not None and one.adjusted >= one.p_value for one in found)
    assert all(one.detectable is not None and 0 < one.detectable < 0.3 for one in found)
    assert [one.shown for one in found][:2] == [0, 1]


def test_several_seeds_say_what_they_could_have_shown() -> None:
    ours = {seed: predicted(marks(seed, 0.6, 200)) for seed in range(3)}
    theirs = {seed: predicted(marks(seed + 9, 0.6, 200)) for seed in range(3)}
    pooled = compare_draws("a", "b", over_seeds(ours), over_seeds(theirs))
    single = compare("a", "b", ours[0], theirs[0])
    assert pooled is not None
    assert single is not None
    several, one = adjust("f", [pooled])[0].detectable, adjust("f", [single])[0].detectable
    assert several is not None
    assert one is not None
    # Three draws see less than one draw's items do, as demonstrations may differ by chance too.
    assert several > one


def test_a_claim_about_methods_needs_two_draws_of_each_arm_that_draws() -> None:
    drawn = {(0, draw): predicted(marks(draw, 0.7)) for draw in (1, 2, 3)}
    single = {(0, 0): predicted(marks(9, 0.5))}
    both = compare_draws("a", "b", drawn, drawn)
    assert both is not None
    assert both.level == "method"
    plain = compare_draws("a", "b", drawn, single, draws_none={"b"})
    assert plain is not None
    assert plain.level == "method"
    alone = compare_draws("a", "b", single, drawn, draws_none={"b"})
    assert alone is not None
    assert alone.level == "prompt"
    assert [(of.seed, of.draw) for of in alone.by_draw] == [(0, 1), (0, 2), (0, 3)]
    prompts = compare_draws("a", "b", single, {(0, 0): drawn[0, 1]})
    assert prompts is not None
    assert (prompts.level, prompts.test, prompts.by_draw) == ("prompt", "exact McNemar", ())


def test_arms_are_paired_within_the_draws_that_both_have() -> None:
    ours = {(0, draw): predicted("1111") for draw in (1, 2, 3)}
    theirs = {(0, draw): predicted("0110") for draw in (1, 2)}
    paired = compare_draws("a", "b", ours, theirs)
    assert paired is not None
    assert [(of.draw, of.difference) for of in paired.by_draw] == [(1, 0.5), (2, 0.5)]
    assert (paired.items, paired.fixed, paired.broken) == (4, 4, 0)
