from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from amplify import Prediction
from amplify.loop.answer.score import score_arm
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.demand import Demand
from amplify.loop.compare.family import adjust
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.verdict import Verdict, reach_verdict

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
    head, caveat, gain, same, bare, ahead = found.sentences
    assert head == (
        "With these demonstrations, amplify does better than answer-only on this task with this"
        " LLM, but nothing here shows that the key words are what helps."
    )
    assert gain == (
        "amplify against answer-only: +6.0 points, 95% interval +1.9 to +10.3, p = 0.008 after"
        " Holm over 3: a gain."
    )
    assert "control random-words: +1.0 points, 95% interval -2.8 to +4.6, p = 0.6 after" in same
    assert "no evidence that the key words matter (a true gain of " in same
    assert bare.endswith(": the rationales matter.")
    assert found.level == "prompt"
    assert caveat == "This says nothing yet about the method: see --draws."
    assert ahead.startswith("A single draw can show no gain of a method.")


def test_a_gain_over_baseline_and_controls() -> None:
    found = judged(GAIN, ABOVE, BARE)
    assert "better than its controls too: the key words and the rationales matter." in " ".join(
        found.sentences
    )


def test_random_words_that_do_better_are_told() -> None:
    found = judged(NOTHING, BELOW)
    assert found.sentences[0].startswith("With these demonstrations, nothing here shows that")
    assert "does worse than its control, so the key words do harm here" in found.sentences[-2]


def test_a_gain_without_a_control_is_a_gain_of_what_is_not_known() -> None:
    assert "No control of it was answered" in judged(GAIN).sentences[0]


def test_a_loss_is_told_as_plainly() -> None:
    found = judged(LOSS, SAME)
    assert found.outcome == "loss"
    assert found.sentences[0] == (
        "With these demonstrations, amplify does worse than answer-only on this task with this LLM."
    )
    other = made("nearest", 5, 30, 0.0001, (-0.17, -0.08))
    assert judged(GAIN, other).sentences[-2].startswith("amplify against nearest: -12.5 points")


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


def drawn(accuracies: Sequence[float], seed: int, items: int = 200) -> ByDraw:
    """Predictions of draws that are right on such shares of the items, chosen by the seed."""
    chance = random.Random(seed)
    return {
        (0, draw): answers([chance.random() < accuracy for _ in range(items)])
        for draw, accuracy in enumerate(accuracies, 1)
    }


def of_draws(ours: ByDraw, theirs: ByDraw, *more: Comparison) -> Verdict:
    whole = compare("amplify", "answer-only", ours, theirs)
    assert whole is not None
    scores = [score_arm("amplify", ours), score_arm("answer-only", theirs)]
    comparisons = adjust("f", [whole, *more])
    return reach_verdict("amplify", "answer-only", {}, comparisons, scores=scores)


def test_a_claim_about_the_method_says_so_and_how_much_the_draws_differ() -> None:
    verdict = of_draws(drawn([0.9, 0.88, 0.91, 0.9], 1), drawn([0.6, 0.58, 0.62, 0.6], 2))
    assert (verdict.level, verdict.outcome) == ("method", "gain")
    said = " ".join(verdict.sentences)
    assert said.startswith("Over 4 draws of demonstrations, amplify does better than answer-only")
    assert "amplify against the mean draw of answer-only: +" in said
    assert "amplify ranged from " in said
    assert "over 4 draws (standard deviation " in said
    assert "claims a gain of amplify over answer-only in 4 and a loss in 0 of 4 draws." in said
    assert "4 draws of 200 items show a true gain of 5 points in " in said
    assert "nothing yet about the method" not in said


def test_draws_of_one_method_that_differ_are_no_gain_of_a_method() -> None:
    """The measured draws of one arm, as if the first five were another method."""
    draws = [0.59, 0.84, 0.50, 0.82, 0.56, 0.90, 0.80, 0.81, 0.86, 0.78]
    verdict = of_draws(drawn(draws[5:], 1), drawn(draws[:5], 2))
    assert verdict.outcome == "no evidence"
    (against,) = [said for said in verdict.sentences if "against the mean draw" in said]
    assert re.search(r"would be shown in 4 runs of 5; one of this size with \d+ draws\)", against)
    assert "claims a gain of amplify over answer-only in " in " ".join(verdict.sentences)


def test_one_draw_beside_several_of_the_baseline_says_how_these_ranged() -> None:
    verdict = of_draws({(0, 0): answers([True] * 200)}, drawn([0.5, 0.55, 0.6], 2))
    assert verdict.level == "prompt"
    assert verdict.sentences[0].startswith("With these demonstrations, amplify does better")
    assert verdict.sentences[1].startswith("answer-only ranged from ")
    assert verdict.sentences[1].endswith(
        ", so this says nothing yet about the method: see --draws."
    )


def test_prompts_that_show_no_demonstrations_are_all_there_is_of_the_arms() -> None:
    arms = [
        score_arm(name, {(0, 0): answers([True, False])}, draws_none=True)
        for name in ("amplify", "answer-only")
    ]
    verdict = reach_verdict("amplify", "answer-only", {}, adjust("f", [GAIN]), scores=arms)
    assert verdict.sentences[0].startswith("With these prompts, amplify does better")
    assert "what holds for these prompts holds for the arms" in verdict.sentences[1]
    assert "--draws" not in " ".join(verdict.sentences)


def test_the_best_draw_of_the_baseline_and_the_best_prompts_are_verdicts_of_their_own() -> None:
    ours, theirs = drawn([0.9, 0.88, 0.91, 0.9], 1), drawn([0.6, 0.58, 0.9, 0.6], 2)
    best = compare(
        "amplify", "answer-only", ours, {(0, 0): theirs[0, 3]}, draws_none={"answer-only"}
    )
    prompts = compare("amplify", "answer-only", {(0, 0): ours[0, 1]}, {(0, 0): theirs[0, 3]})
    whole = compare("amplify", "answer-only", ours, theirs)
    assert best is not None
    assert prompts is not None
    assert whole is not None
    comparisons = adjust("f", [whole, replace(best, baseline_draw=3)])
    verdict = reach_verdict(
        "amplify",
        "answer-only",
        {},
        comparisons,
        prompts=replace(prompts, arm_draw=1, baseline_draw=3),
    )
    assert verdict.outcome_best == "no evidence"
    assert verdict.outcome_prompts == "no evidence"
    said = " ".join(verdict.sentences)
    assert "amplify against the mean draw of answer-only: +" in said
    assert "amplify against the best draw of answer-only (draw 3, chosen on the pool): " in said
    assert (
        "As prompts, draw 1 of amplify (its best on the pool) against draw 3 of answer-only (its"
        " best on the pool): "
    ) in said


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
