"""Leave-one-out and TF-IDF on models and texts whose right answer is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from known.models import WordPairs, WordSums
from known.mutants import mutant

from amplify import Claim, Context, Example, Option, without, word_ranges
from amplify.builtin.explainers import leave_one_out
from amplify.builtin.explainers.leave_one_out import LeaveOneOut
from amplify.builtin.explainers.options import LeaveOneOutOptions
from amplify.builtin.explainers.tf_idf import TfIdf

TEXT = "a day, a unused very splendid day"
TEXTS = (TEXT, "one", "", "?!", "die Straße naïve don't 東京")


def claims() -> list[Claim]:
    return [Claim(Example(str(i), text, "yes"), "yes", "no") for i, text in enumerate(TEXTS)]


def explainer(**options: Any) -> LeaveOneOut:
    return LeaveOneOut(LeaveOneOutOptions(**options), Context())


def assert_additive(contrast: bool, kind: type[LeaveOneOut] = LeaveOneOut) -> None:
    proxy = WordSums()
    made = kind(LeaveOneOutOptions(contrast=contrast), Context()).explain(proxy, claims())
    for explanation, claim in zip(made, claims(), strict=True):
        text = claim.example.text
        assert [(s.start, s.end) for s in explanation.spans] == word_ranges(text)
        for span in explanation.spans:
            word = text[span.start : span.end]
            wanted = proxy.weight(word, "yes") - (proxy.weight(word, "no") if contrast else 0.0)
            assert span.score == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("contrast", [False, True])
def test_on_an_additive_model_each_word_loses_its_own_weight(contrast: bool) -> None:
    assert_additive(contrast)


MUTANTS: dict[str, Callable[..., Example]] = {
    "keeps the word": lambda example, words: example,
    "drops all but the word": lambda example, words: without(
        example, [w for w in word_ranges(example.text) if w not in words]
    ),
    "drops every like word": lambda example, words: without(
        example,
        [
            w
            for w in word_ranges(example.text)
            if example.text[slice(*w)] in {example.text[slice(*gone)] for gone in words}
        ],
    ),
    "drops a letter": lambda example, words: without(example, [(a, a + 1) for a, _ in words]),
}


@pytest.mark.parametrize("wrong", MUTANTS)
def test_the_oracle_notices_a_wrong_explainer(wrong: str) -> None:
    kind = mutant(leave_one_out, "without", MUTANTS[wrong])["LeaveOneOut"]
    with pytest.raises(AssertionError):
        assert_additive(False, kind)


def test_of_two_words_that_act_together_each_has_the_whole_effect() -> None:
    claim = Claim(Example("0", "one two three four", "no"), "no")
    (found,) = explainer().explain(WordPairs(), [claim])
    assert [s.score for s in found.spans] == [1.0, 1.0, 1.0, 0.0]


def test_all_texts_of_all_claims_are_one_call() -> None:
    proxy = WordSums()
    explainer().explain(proxy, claims())
    words = sum(len(word_ranges(text)) for text in TEXTS)
    assert proxy.calls == [len(TEXTS), words]


def test_order_and_company_change_nothing() -> None:
    proxy = WordSums()
    together = explainer().explain(proxy, claims())
    assert explainer().explain(proxy, claims()[::-1]) == together[::-1]
    assert [explainer().explain(proxy, [claim])[0] for claim in claims()] == together
    assert explainer().explain(proxy, []) == []


def test_options_are_moved_along_and_each_option_is_scored_by_itself() -> None:
    text = "which of them? (A) a warm day (B) a cold day"
    options = (Option("(A)", 19, 29), Option("(B)", 34, 44))
    assert [text[o.start : o.end] for o in options] == ["a warm day", "a cold day"]
    item = Example("0", text, "(B)", options, (0, 14))
    proxy = WordSums()
    (found,) = explainer(contrast=True).explain(proxy, [Claim(item, "(B)", "(A)")])
    got = [(text[s.start : s.end], s.score) for s in found.spans]

    def score(word: str) -> float:
        return proxy.weight(word, "option")

    wanted = [*(("which", 0.0), ("of", 0.0), ("them", 0.0))]
    wanted += [(word, -score(word)) for word in ("a", "warm", "day")]
    wanted += [(word, score(word)) for word in ("a", "cold", "day")]
    assert [word for word, _ in got] == [word for word, _ in wanted]
    assert [s for _, s in got] == pytest.approx([s for _, s in wanted], abs=1e-12)


def test_probabilities_on_request() -> None:
    proxy = WordSums()
    example = Example("0", TEXT, "yes")
    (found,) = explainer(of="probabilities").explain(proxy, [Claim(example, "yes")])
    first = found.spans[0]
    cut = without(example, [(first.start, first.end)])
    whole, rest = proxy.predict([example, cut])
    assert first.score == pytest.approx(whole.probability("yes") - rest.probability("yes"))


def test_a_label_that_is_not_open_is_not_explained() -> None:
    (found,) = explainer().explain(WordSums(), [Claim(Example("0", TEXT, "x"), "elsewhere")])
    assert (found.spans, found.unscored) == ((), 7)


def test_tf_idf_knows_what_is_rare_and_nothing_else() -> None:
    train = tuple(Example(str(i), t, "x") for i, t in enumerate(("the DAY", "the night", "the")))
    control = TfIdf(None, Context(train=train))
    (found, other) = control.explain(
        None, [Claim(Example("0", "the day? the unheard", "x"), label) for label in ("x", "y")]
    )
    scores = [s.score for s in found.spans]
    assert scores == pytest.approx([1.0, math.log(4 / 2) + 1, 1.0, math.log(4 / 1) + 1], abs=1e-15)
    assert found.spans == other.spans


def test_tf_idf_is_scikit_learns() -> None:
    sklearn = pytest.importorskip("sklearn.feature_extraction.text", reason="no scikit-learn here")
    train = ["the green river", "a green lamp and a lamp", "the street", "river of lamps"]
    control = TfIdf(
        None, Context(train=tuple(Example(str(i), t, "x") for i, t in enumerate(train)))
    )
    words = sklearn.TfidfVectorizer(norm=None, token_pattern=r"\w+").fit(train)
    asked = "the lamp and a lamp of the unheard"
    (found,) = control.explain(None, [Claim(Example("0", asked, "x"), "x")])
    row = words.transform([asked]).toarray()[0]
    for word in ("the", "lamp", "of"):
        mine = sum(s.score for s in found.spans if asked[s.start : s.end] == word)
        assert mine == pytest.approx(row[words.vocabulary_[word]])
