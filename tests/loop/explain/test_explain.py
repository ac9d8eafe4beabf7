from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from amplify import (
    Claim,
    Demonstration,
    Example,
    Explanation,
    PluginError,
    Scores,
    Shot,
    Span,
    word_ranges,
)
from amplify.loop.explain.explain import demonstrate, explain, word_notes
from amplify.loop.survey.proxy import ProxySurvey


class Upper:
    """Scores a word by the number of its capitals; remembers the claims."""

    def __init__(self, drop: bool = False) -> None:
        self.claims: list[Claim] = []
        self.drop = drop

    def explain(self, proxy: object, claims: Sequence[Claim]) -> list[Explanation]:
        self.claims += claims
        made = []
        for claim in claims:
            text = claim.example.text
            spans = tuple(
                Span(a, b, float(sum(c.isupper() for c in text[a:b]))) for a, b in word_ranges(text)
            )
            made.append(Explanation(claim.example, claim.target, spans))
        return made[1:] if self.drop else made


class Reverse:
    """A template whose rationale is the word list of the next demonstration: a shuffle."""

    stop: tuple[str, ...] = ()
    max_tokens = 1

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        turned = [*demonstrations[1:], *demonstrations[:1]]
        return [d.rationale or " ".join(word.text for word in d.words) for d in turned]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        return ""

    def item_part(self, example: Example) -> str:
        return ""


SHOTS = [
    Shot(Example("1", "ABC de FG", "a")),
    Shot(Example("2", "hi JKLM no", "b")),
    Shot(Example("3", "none here", "a")),
]
SCORES = Scores(("a", "b", "c"), (0.0, 0.0, 0.0), (0.5, 0.2, 0.3))


def test_the_claim_is_for_the_truth_against_the_proxys_best_wrong_label() -> None:
    explainer = Upper()
    survey = ProxySurvey({s.example.id: SCORES for s in SHOTS}, {}, (object(),))  # type: ignore[arg-type]  # any object stands for the proxy
    explain(SHOTS, explainer, survey)
    assert [(c.target, c.foil) for c in explainer.claims] == [("a", "c"), ("b", "a"), ("a", "c")]


def test_folds_are_explained_apart_and_put_back_in_order() -> None:
    survey = ProxySurvey({}, {"1": 1, "2": 0, "3": 1}, ("zero", "one"))  # type: ignore[arg-type]  # any objects stand for proxies
    explainer = Upper()
    found = explain(SHOTS, explainer, survey)
    assert [e.example.id for e in found] == ["1", "2", "3"]
    assert [c.example.id for c in explainer.claims] == ["1", "3", "2"]


def test_an_explainer_that_loses_a_claim_is_told_on() -> None:
    with pytest.raises(PluginError, match="2 explanations for 3 claims"):
        explain(SHOTS, Upper(drop=True), None)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Span(0, 3, float("nan")), "a word of 1 the score nan"),
        (Span(0, 3, float("inf")), "the score inf"),
        (Span(0, 99, 1.0), "characters 0 to 99 of 1, which has 9"),
        (Span(4, 2, 1.0), "characters 4 to 2"),
        (Span(-1, 2, 1.0), "characters -1 to 2"),
    ],
)
def test_scores_that_cannot_be_ranked_are_told_on(span: Span, words: str) -> None:
    class Broken:
        def explain(self, proxy: object, claims: Sequence[Claim]) -> list[Explanation]:
            return [Explanation(c.example, c.target, (span,)) for c in claims]

    with pytest.raises(PluginError, match=words):
        explain(SHOTS[:1], Broken(), None)


def test_the_template_sees_the_whole_list_and_words_stay_with_their_shot() -> None:
    found = explain(SHOTS, Upper(), None)
    made = demonstrate(SHOTS, found, Reverse(), 2, (), ())
    assert [[w.text for w in d.words] for d in made] == [["ABC", "FG"], ["JKLM"], []]
    assert [d.rationale for d in made] == ["JKLM", "", "ABC FG"]


def test_a_shots_own_rationale_is_what_the_template_gets() -> None:
    shots = [Shot(SHOTS[0].example, rationale="because")]
    assert demonstrate(shots, None, Reverse(), 5, (), ())[0].rationale == "because"


def test_attributions_that_miss_their_sum_are_told() -> None:
    found = explain(SHOTS, Upper(), None)
    gaps = [replace(e, gap=gap) for e, gap in zip(found, (None, 0.01, 0.2), strict=True)]
    made = demonstrate(SHOTS, gaps, Reverse(), 2, (), ())
    told = "1 attributions miss the score that they explain by over 5%"
    assert told in word_notes(made, gaps, 2)
    assert told not in word_notes(made, found, 2)
