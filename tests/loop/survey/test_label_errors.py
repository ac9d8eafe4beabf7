"""Label errors: suspects and how likely they are, on labels that were flipped on purpose."""

from __future__ import annotations

import random
from math import exp

import pytest

from amplify import Example, Option, Scores
from amplify.loop.survey.candidates import candidates
from amplify.loop.survey.label_errors import LabelErrors, Suspect, find_label_errors
from amplify.loop.survey.proxy import ProxySurvey


def scored(labels: tuple[str, ...], *logits: float) -> Scores:
    odds = [exp(logit) for logit in logits]
    return Scores(labels, logits, tuple(odd / sum(odds) for odd in odds))


def planted(
    rate: float, strength: float, labels: tuple[str, ...] = ("a", "b"), count: int = 200
) -> tuple[list[Example], dict[str, Scores], set[str]]:
    """Items and what a calibrated classifier of that strength gives; whose labels were flipped."""
    draw = random.Random(7)
    pool, scores, flipped = [], {}, set()
    for number in range(count):
        of_item = scored(labels, *(draw.gauss(0, strength) for _ in labels))
        label = draw.choices(labels, of_item.probabilities)[0]
        if draw.random() < rate:
            flipped.add(str(number))
            label = draw.choice([other for other in labels if other != label])
        pool.append(Example(str(number), f"text {number}", label))
        scores[str(number)] = of_item
    return pool, scores, flipped


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("labels", [("a", "b"), ("a", "b", "c", "d", "e", "f")])
def test_planted_errors_are_found_and_their_probability_holds(
    rate: float, labels: tuple[str, ...]
) -> None:
    pool, scores, flipped = planted(rate, 6, labels)
    errors = find_label_errors(pool, scores)
    assert errors.interval is not None
    assert errors.interval[0] < len(flipped) / 200 < errors.interval[1]
    likely = {suspect.item for suspect in errors.likely}
    assert len(likely & flipped) >= 0.5 * len(flipped)
    assert len(likely & flipped) >= 0.8 * len(likely)
    expected = sum(suspect.probability for suspect in errors.suspects)
    assert expected == pytest.approx(sum(s.item in flipped for s in errors.suspects), abs=6)
    told = [suspect.probability for suspect in errors.suspects]
    assert told == sorted(told, reverse=True)


def test_errors_of_a_weak_proxy_are_not_taken_for_wrong_labels() -> None:
    """It is wrong about a third of the items, and none is labelled wrong."""
    pool, scores, _ = planted(0, 0.8)
    wrong = sum(scores[e.id].best != e.label for e in pool)
    errors = find_label_errors(pool, scores)
    assert wrong > 50
    assert len(errors.suspects) > 30
    assert errors.likely == []
    assert errors.note is None


def test_an_overconfident_proxy_is_cooled_down() -> None:
    """It is wrong about a fifth of the items, and sure of itself each time."""
    pool, scores, _ = planted(0, 1.5)
    sure = {
        name: scored(of_item.labels, *(2.5 * logit for logit in of_item.logits))
        for name, of_item in scores.items()
    }
    certain = [e for e in pool if sure[e.id].probability(e.label) < 0.05]
    assert len(certain) > 10
    assert len(find_label_errors(pool, sure).likely) < 5


def test_items_without_scores_or_with_one_open_label_are_left_out() -> None:
    pool, scores, _ = planted(0.1, 6, count=60)
    lone = Example("lone", "x", "a", (Option("a", 0, 1),))
    stray = Example("stray", "x", "other")
    of_options = Example("c", "x y", "c", (Option("a", 0, 1), Option("c", 2, 3)))
    more = {
        **scores,
        "lone": scored(("a",), 0.0),
        "stray": scored(("a", "b"), 9.0, 0.0),
        "c": scored(("a", "c"), 0.0, 3.0),
    }
    errors = find_label_errors([*pool, lone, stray, of_options, Example("new", "x", "a")], more)
    assert errors.items == 61
    assert find_label_errors([lone], more) == LabelErrors()
    assert find_label_errors([], {}).note is None


def test_a_candidate_tells_how_likely_its_label_is_wrong() -> None:
    pool, scores, _ = planted(0.1, 6)
    errors = find_label_errors(pool, scores)
    survey = ProxySurvey(scores, dict.fromkeys(scores, 0), (), errors)
    told = {c.example.id: c for c in candidates(pool, survey, {}, {}, "none")}
    assert {name for name, c in told.items() if c.likely_mislabelled} == {
        suspect.item for suspect in errors.likely
    }
    assert {name for name, c in told.items() if c.label_error is not None} == set(
        errors.probabilities
    )
    assert not any(c.likely_mislabelled for c in candidates(pool, None, {}, {}, "none"))


def test_the_note_says_which_how_likely_and_whether_they_are_shown() -> None:
    found = tuple(Suspect(f"i{n}", "a", "b", 0.9 - n / 20) for n in range(9))
    errors = LabelErrors("", 200, 0.03, (0.01, 0.08), found).of_run("linear", {"i0", "i8", "x"})
    assert [suspect.item for suspect in errors.suspects if suspect.shown] == ["i0", "i8"]
    assert errors.note == (
        "8 of 200 pool labels are likely wrong (estimated 3% label noise, 95% interval 1% to 8%; 1"
        " of them is a demonstration): i0 (90%), i1 (85%), i2 (80%), i3 (75%), i4 (70%) and 3 more;"
        " by the proxy linear, which never saw them: see `label_errors` in the record"
    )
