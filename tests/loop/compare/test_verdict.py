from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from amplify import Prediction
from amplify.loop.compare.compare import Comparison, adjust, compare
from amplify.loop.compare.verdict import Demand, Verdict, reach_verdict

CONTROLS = {"random-words": "the key words", "no-rationale": "the rationales"}


def made(
    baseline: str, fixed: int, broken: int, p_value: float, interval: tuple[float, float] | None
) -> Comparison:
    return Comparison(
        "amplify", baseline, 200, (fixed - broken) / 200, interval, p_value, fixed, broken
    )


GAIN = made("answer-only", 22, 10, 0.004, (0.019, 0.103))
LOSS = made("answer-only", 10, 24, 0.01, (-0.12, -0.02))
NOTHING = made("answer-only", 12, 10, 0.8, (-0.03, 0.05))
ABOVE = made("random-words", 30, 5, 0.0001, (0.08, 0.17))
SAME = made("random-words", 12, 10, 0.6, (-0.028, 0.046))
BELOW = made("random-words", 5, 30, 0.0001, (-0.17, -0.08))
BARE = made("no-rationale", 20, 4, 0.001, (0.04, 0.12))


def judged(*comparisons: Comparison, demand: Demand | None = None) -> Verdict:
    return reach_verdict("amplify", "answer-only", CONTROLS, adjust("family", comparisons), demand)


def test_a_gain_over_the_baseline_that_random_words_have_too_is_said_to_be_that() -> None:
    found = judged(GAIN, SAME, BARE)
    assert found.outcome == "gain"
    assert [(one.arm, one.outcome) for one in found.placebos] == [
        ("random-words", "no evidence"),
        ("no-rationale", "gain"),
    ]
    head, gain, same, bare = found.sentences
    assert head == (
        "amplify does better than answer-only on this task with this LLM, but nothing here shows"
        " that the key words are what helps."
    )
    assert gain == (
        "amplify against answer-only: +6.0 points, 95% interval +1.9 to +10.3, p = 0.008 after"
        " Holm over 3: a gain."
    )
    assert "control random-words: +1.0 points, 95% interval -2.8 to +4.6, p = 0.6 after" in same
    assert "no evidence that the key words matter (a true gain of " in same
    assert bare.endswith(": the rationales matter.")


def test_a_gain_over_baseline_and_controls() -> None:
    found = judged(GAIN, ABOVE, BARE)
    assert "better than its controls too: the key words and the rationales matter." in " ".join(
        found.sentences
    )


def test_random_words_that_do_better_are_told() -> None:
    found = judged(NOTHING, BELOW)
    assert found.sentences[0].startswith("Nothing here shows that amplify helps")
    assert "does worse than its control, so the key words do harm here" in found.sentences[-1]


def test_a_gain_without_a_control_is_a_gain_of_what_is_not_known() -> None:
    assert "No control of it was answered" in judged(GAIN).sentences[0]


def test_a_loss_is_told_as_plainly() -> None:
    found = judged(LOSS, SAME)
    assert found.outcome == "loss"
    assert found.sentences[0] == "On this task, with this LLM, amplify does worse than answer-only."
    other = made("nearest", 5, 30, 0.0001, (-0.17, -0.08))
    assert judged(GAIN, other).sentences[-1].startswith("amplify against nearest: -12.5 points")


def test_no_null_is_ever_asserted() -> None:
    """No wording says that two arms are the same, whatever the figures."""
    draw = random.Random(1)
    for _ in range(60):
        ones = [
            made(name, draw.randrange(40), draw.randrange(40), draw.random() ** 3, (-0.1, 0.1))
            for name in ("answer-only", "random-words", "no-rationale", "nearest")
        ]
        said = " ".join(judged(*ones[: draw.randrange(1, 5)]).sentences).casefold()
        for word in ("no difference", "no effect", "does not help", "do not matter", "the same"):
            assert word not in said


def test_what_was_not_answered_is_not_judged() -> None:
    found = reach_verdict("amplify", "answer-only", CONTROLS, [], Demand(min_gain=1))
    assert found.outcome == "not compared"
    assert "nothing to judge" in found.sentences[0]
    assert found.demand is not None
    assert not found.demand.shown
    assert "not both answered" in found.demand.why
    other = Comparison("zero-shot", "answer-only", 200, 0.06, (0.02, 0.1), 0.001, 22, 10)
    assert reach_verdict("amplify", "answer-only", {}, [other]).outcome == "not compared"


@pytest.mark.parametrize(
    ("comparison", "demand", "shown", "why"),
    [
        (GAIN, Demand(min_gain=1.9), True, "what was asked"),
        (GAIN, Demand(min_gain=2), False, "begins at +1.9, and +2 points were asked"),
        (GAIN, Demand(max_p=0.004), True, "what was asked"),
        (GAIN, Demand(max_p=0.001), False, "p = 0.004, and 0.001 was asked"),
        (GAIN, Demand(5, 0.001), False, "5 points were asked; p = 0.004"),
        (LOSS, Demand(max_p=0.05), False, "there is no gain"),
        (LOSS, Demand(min_gain=-15), True, "what was asked"),
        (NOTHING, Demand(min_gain=-3), True, "what was asked"),
        (made("answer-only", 0, 0, 1.0, None), Demand(min_gain=0), False, "cannot be estimated"),
    ],
)
def test_a_demand_is_met_by_the_interval_and_by_p(
    comparison: Comparison, demand: Demand, shown: bool, why: str
) -> None:
    found = judged(comparison, demand=demand).demand
    assert found is not None
    assert found.shown == shown
    assert why in found.why


def test_failed_calls_make_no_final_verdict() -> None:
    found = reach_verdict("amplify", "answer-only", CONTROLS, adjust("f", [GAIN]), failed=3)
    assert found.sentences[-1] == (
        "This is no final verdict: 3 calls failed, and their items count as wrong."
    )


def test_no_demand_no_answer() -> None:
    assert judged(GAIN, demand=Demand()).demand is None


def test_the_p_value_that_counts_is_the_one_after_holm() -> None:
    alone = made("answer-only", 22, 10, 0.03, (0.01, 0.103))
    others = [made(f"arm-{n}", 10, 10, 0.9, (-0.04, 0.04)) for n in range(4)]
    assert judged(alone).outcome == "gain"
    assert judged(alone, *others).outcome == "no evidence"
    met = judged(alone, *others, demand=Demand(max_p=0.05)).demand
    assert met is not None
    assert not met.shown


def answers(rights: Sequence[bool]) -> list[Prediction]:
    return [Prediction("arm", str(n), "a", "a", "answered", r) for n, r in enumerate(rights)]


def claims(runs: int, gain: float, seed: int, items: int = 500) -> float:
    """The share of simulated runs, 25% of the items discordant, in which a gain is claimed."""
    draw = random.Random(seed)
    claimed = 0
    for _ in range(runs):
        ours, theirs = [], []
        for _ in range(items):
            same = draw.random() >= 0.25
            right = draw.random() < (0.6 if same else (0.25 + gain) / 0.5)
            ours.append(right)
            theirs.append(right if same else not right)
        one = compare(
            "amplify",
            "answer-only",
            {(0, 0): answers(ours)},
            {(0, 0): answers(theirs)},
            resamples=9,
        )
        assert one is not None
        verdict = reach_verdict("amplify", "answer-only", {}, adjust("one", [one]))
        claimed += verdict.outcome == "gain"
    return claimed / runs


def test_under_the_null_a_gain_is_hardly_ever_claimed() -> None:
    """1,000 runs and all intervals: benchmarks/verdict.py."""
    assert claims(200, 0.0, 1) <= 0.05


def test_a_planted_gain_of_eight_points_is_found() -> None:
    assert claims(60, 0.08, 2) >= 0.8
