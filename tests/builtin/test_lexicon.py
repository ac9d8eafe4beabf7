from __future__ import annotations

import pytest

from amplify import Claim, Context, Example, PlanError
from amplify.builtin.explainers.lexicon import Lexicon
from amplify.builtin.explainers.options import LexiconOptions

OPTIONS = LexiconOptions(words={"pos": ("Good", "fine"), "neg": ("bad", "fine")})


def test_a_labels_own_words_speak_for_it_and_anothers_against() -> None:
    explainer = Lexicon(OPTIONS, Context(labels=("pos", "neg")))
    text = "A good and fine day, not bad"
    found = explainer.explain(
        None, [Claim(Example("x", text, label), label) for label in ("pos", "neg", "other")]
    )
    scores = [{text[s.start : s.end]: s.score for s in made.spans} for made in found]
    assert scores[0] == {"A": 0, "good": 1, "and": 0, "fine": 1, "day": 0, "not": 0, "bad": -1}
    assert scores[1] | {"good": -1, "bad": 1, "fine": 1} == scores[1]
    assert {word for word, score in scores[2].items() if score < 0} == {"good", "fine", "bad"}


def test_words_for_an_unknown_label_are_refused() -> None:
    with pytest.raises(PlanError, match="'neg', which is no label"):
        Lexicon(OPTIONS, Context(labels=("pos", "other")))
