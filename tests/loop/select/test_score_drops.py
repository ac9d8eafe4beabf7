"""F-Exp, from explanations of the pool to the order of the candidates, on known weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from known.models import Additive, Weights

from amplify import Candidate, Context, Example, Explanation, Selection, Shot
from amplify.builtin.selectors.faithful import FaithfulExplanation
from amplify.builtin.selectors.options import ErrorsOptions
from amplify.contract.progress import silent
from amplify.loop.explain.explain import explain
from amplify.loop.select.score_drops import with_drops
from amplify.loop.survey.candidates import candidates
from amplify.loop.survey.proxy import ProxySurvey

WEIGHTS = {"good": 0.2, "fine": 0.1, "bad": -0.1, "poor": -0.3}
POOL = (
    Example("strong", "a good and fine day", "yes"),
    Example("weak", "a fine day", "yes"),
    Example("none", "a day", "yes"),
    Example("against", "a poor day, but good", "no"),
    Example("mild", "a bad day", "no"),
)
DROPS = {"strong": 0.3, "weak": 0.1, "none": 0.0, "against": 0.3, "mild": 0.1}


def survey(proxy: Additive, pool: Sequence[Example] = POOL) -> ProxySurvey:
    scores = dict(zip((e.id for e in pool), proxy.predict(pool), strict=True))
    return ProxySurvey(scores, dict.fromkeys(scores, 0), (proxy,))


def teller(found: ProxySurvey) -> Callable[[Sequence[Shot]], list[Explanation]]:
    return lambda shots: explain(shots, Weights(), found)


def dropped(k: int = 5, wrong: Sequence[str] = ()) -> list[Candidate]:
    found = survey(Additive(WEIGHTS))
    marks = {e.id: e.id in wrong for e in POOL}
    pool = candidates(POOL, found, {}, marks, "llm" if wrong else "none")
    return with_drops(pool, teller(found), found, k, {}, silent)


def select(pool: Sequence[Candidate], shots: int, balanced: bool = False) -> Selection:
    options = ErrorsOptions(balanced=balanced)
    return FaithfulExplanation(options, Context()).select(pool, shots, ())


def ids(selection: Selection) -> list[str]:
    return [shot.example.id for shot in selection.shots]


def test_the_drop_is_what_the_key_words_are_worth_to_the_true_label() -> None:
    found = {c.example.id: c.drop for c in dropped()}
    assert found == pytest.approx(DROPS)
    # Only the top word counts with k = 1.
    assert {c.example.id: c.drop for c in dropped(1)} == pytest.approx({**DROPS, "strong": 0.2})


def test_what_hangs_most_on_its_key_words_comes_first() -> None:
    pool = dropped()
    assert set(ids(select(pool, 2))) == {"strong", "against"}
    assert ids(select(pool, 5))[-1] == "none"
    assert ids(select(dropped(1), 3)) == ["against", "strong", "mild"]


def test_errors_come_first_and_labels_take_turns() -> None:
    pool = dropped(wrong=("weak", "none", "mild"))
    found = select(pool, 4)
    assert set(ids(found)[:2]) == {"weak", "mild"}
    assert ids(found)[2] == "none"
    assert "3 of 4 shots are errors; 1 that was answered right fills up" in found.notes[0]
    labels = [shot.example.label for shot in select(pool, 4, balanced=True).shots]
    assert labels.count("yes") == labels.count("no") == 2


def test_a_word_that_stands_twice_is_taken_out_twice() -> None:
    pool = (Example("twice", "good day, Good night", "yes"),)
    found = survey(Additive(WEIGHTS), pool)
    made = with_drops(candidates(pool, found, {}, {}, "none"), teller(found), found, 1, {}, silent)
    assert made[0].drop == pytest.approx(0.4)


def test_candidates_without_scores_or_with_a_stray_target_are_never_taken() -> None:
    stray = Example("stray", "good", "maybe")
    found = survey(Additive(WEIGHTS))
    pool = [*candidates(POOL, found, {}, {}, "none"), Candidate(Example("new", "good", "yes"))]
    pool.append(Candidate(stray, found.scores["weak"]))
    made = with_drops(pool, teller(found), found, 5, {}, silent)
    assert [c.example.id for c in made if c.drop is None] == ["new", "stray"]
    selection = select(made, 9)
    assert len(selection.shots) == 5
    assert "only 5 candidates for 9 shots" in selection.notes


def test_the_folds_own_proxy_weighs() -> None:
    proxies = Additive(WEIGHTS), Additive({"a": 0.4})
    folds = {example.id: index % 2 for index, example in enumerate(POOL)}
    scores = survey(proxies[0]).scores
    found = ProxySurvey(scores, folds, proxies)
    made = with_drops(candidates(POOL, found, {}, {}, "none"), teller(found), found, 5, {}, silent)
    assert {c.example.id: c.drop for c in made} == pytest.approx(
        {"strong": 0.3, "weak": 0.4, "none": 0.0, "against": 0.0, "mild": 0.1}
    )
    assert len(proxies[1].calls) == 1


def test_an_example_that_several_draws_choose_from_is_measured_once() -> None:
    proxy = Additive(WEIGHTS)
    found = survey(proxy)
    known: dict[Example, float] = {}
    pool = candidates(POOL, found, {}, {}, "none")
    first = with_drops(pool[:3], teller(found), found, 5, known, silent)
    before = len(proxy.calls)
    assert [c.example.id for c in first] == ["strong", "weak", "none"]
    again = with_drops(pool[1:3], teller(found), found, 5, known, silent)
    assert len(proxy.calls) == before
    assert again == first[1:]
    whole = with_drops(pool, teller(found), found, 5, known, silent)
    assert {c.example.id: c.drop for c in whole} == pytest.approx(DROPS)
    texts = [text for call in proxy.calls[before:] for text in call]
    # The text "none" is what "mild" leaves without its word.
    assert [e.id for e in POOL if e.text in texts] == ["none", "against", "mild"]
