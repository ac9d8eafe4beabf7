"""On a linear model every attribution has a closed form.

logits = sum over the tokens of a row of embedding times weights (or times a column of them, where
an item is scored option by option); tokens are pieces of the raw text.
"""

from __future__ import annotations

import pytest
import torch
from amplify_captum.gradients import (
    ContrastiveGradient,
    ContrastiveInputXGradient,
    Gradient,
    InputXGradient,
)
from amplify_captum.options import GradientOptions
from known.tokens import PIECES, TokenProxy

from amplify import Claim, Context, Example, Option, word_ranges

LABELS = ("bad", "good", "so-so")
TEXTS = ("A splendid, unexpected evening.", "dull", "Ünïted don't: nothing — 3.14% of it!", "")
KINDS = (Gradient, InputXGradient, ContrastiveGradient, ContrastiveInputXGradient)


def examples() -> list[Example]:
    return [Example(str(i), text, LABELS[i % 3]) for i, text in enumerate(TEXTS)]


def claims(foil: str | None) -> list[Claim]:
    return [Claim(example, example.label, foil) for example in examples()]


def by_hand(proxy: TokenProxy, text: str, weight: torch.Tensor, signed: bool) -> list[float]:
    """Each word's sum over its pieces, worked out word by word."""
    return [
        sum(
            float(proxy.embed(piece.group()) @ weight) if signed else float(weight.norm())
            for piece in PIECES.finditer(text, start, end)
        )
        for start, end in word_ranges(text)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_attributions_equal_the_analytic_ones(kind: type) -> None:
    proxy = TokenProxy(LABELS)
    explainer = kind(GradientOptions(pooling="sum"), Context())
    made = explainer.explain(proxy, claims("so-so"))
    assert [e.example.id for e in made] == ["0", "1", "2", "3"]
    for explanation, claim in zip(made, claims("so-so"), strict=True):
        target = proxy.weights[:, LABELS.index(claim.target)]
        if "Contrastive" in kind.__name__:
            logits = proxy.predict([claim.example])[0].logits
            foil = LABELS.index("so-so")
            if claim.target == "so-so":  # the foil is the target: the runner-up takes its place
                foil = max((0, 1), key=logits.__getitem__)
            target = target - proxy.weights[:, foil]
        text = claim.example.text
        wanted = by_hand(proxy, text, target, "Input" in kind.__name__)
        got = [s.score for s in explanation.spans]
        assert [(s.start, s.end) for s in explanation.spans] == word_ranges(text)
        assert got == pytest.approx(wanted, abs=1e-12)
        assert explanation.unscored == 0
        assert explanation.method == made[0].method


@pytest.mark.parametrize("foil", ["so-so", None])
def test_spans_and_remainder_are_the_whole_logit(foil: str | None) -> None:
    proxy = TokenProxy(LABELS)
    plain = InputXGradient(GradientOptions(pooling="sum"), Context())
    for explanation, claim in zip(plain.explain(proxy, claims(foil)), claims(foil), strict=True):
        logit = proxy.predict([claim.example])[0].logits[LABELS.index(claim.target)]
        whole = sum(span.score for span in explanation.spans) + explanation.remainder
        bias = float(proxy.bias[LABELS.index(claim.target)])
        assert whole == pytest.approx(logit - bias, abs=1e-12)


def test_without_a_foil_the_contrast_is_with_the_runner_up() -> None:
    proxy = TokenProxy(LABELS)
    explainer = ContrastiveInputXGradient(GradientOptions(), Context())
    named = [
        Claim(example, example.label, proxy.predict([example])[0].foil(example.label))
        for example in examples()
    ]
    found = explainer.explain(proxy, claims(None))
    assert found == explainer.explain(proxy, named)
    plain = InputXGradient(GradientOptions(), Context())
    assert found[0].spans != plain.explain(proxy, claims(None))[0].spans


def test_for_two_labels_on_probabilities_plain_and_contrastive_rank_alike() -> None:
    proxy = TokenProxy(("no", "yes"))
    text = "one or another of seven green lamps burned quickly under the table"
    asked = [Claim(Example("0", text, "yes"), "yes", "no")]

    def ranking(kind: type, of: str) -> list[int]:
        options = GradientOptions(of=of)  # type: ignore[arg-type]  # parametrised
        (found,) = kind(options, Context()).explain(proxy, asked)
        return [s.start for s in sorted(found.spans, key=lambda s: -s.score)]

    contrast = ranking(ContrastiveInputXGradient, "probabilities")
    assert ranking(InputXGradient, "probabilities") == contrast
    assert ranking(InputXGradient, "logits") != contrast


def option_item() -> Example:
    text = "Which is worse? Options: (A) rain (B) heavy rain"
    options = (Option("(A)", 29, 33), Option("(B)", 38, 48))
    assert [text[o.start : o.end] for o in options] == ["rain", "heavy rain"]
    return Example("o", text, "(B)", options, (0, 15))


def test_attributions_fall_on_question_and_option_texts() -> None:
    proxy = TokenProxy(LABELS)
    item = option_item()
    mixed = [Claim(examples()[0], "good"), Claim(item, "(B)", "(A)")]
    explainer = ContrastiveInputXGradient(GradientOptions(pooling="sum"), Context())
    found = explainer.explain(proxy, mixed)[1]
    weight = proxy.option_weights[:, 0]

    def score(word: str) -> float:
        return float(sum(proxy.embed(p.group()) @ weight for p in PIECES.finditer(word)))

    got = [(item.text[s.start : s.end], s.score) for s in found.spans]
    # The question stands in both rows, so that the contrast of the two is nothing.
    wanted = [("Which", 0.0), ("is", 0.0), ("worse", 0.0), ("rain", -score("rain"))]
    wanted += [("heavy", score("heavy")), ("rain", score("rain"))]
    assert [word for word, _ in got] == [word for word, _ in wanted]
    assert [s for _, s in got] == pytest.approx([s for _, s in wanted], abs=1e-12)
    assert found.unscored == 0
    assert found.remainder == pytest.approx(0.0, abs=1e-12)


def test_a_label_that_is_not_open_to_the_item_is_explained_by_no_word() -> None:
    explainer = InputXGradient(GradientOptions(), Context())
    item = option_item()
    found = explainer.explain(TokenProxy(LABELS), [Claim(item, "rain"), Claim(item, "(A)")])
    assert found[0].spans == ()
    assert found[0].unscored == 6
    assert found[1].spans


def test_pooling_takes_mean_sum_or_largest() -> None:
    proxy = TokenProxy(LABELS)
    made = {
        pooling: InputXGradient(GradientOptions(pooling=pooling), Context())
        .explain(proxy, [Claim(Example("0", "unexpected", "good"), "good")])[0]
        .spans[0]
        .score
        for pooling in ("mean", "sum", "max")
    }
    parts = [float(proxy.embed(p) @ proxy.weights[:, 1]) for p in ("unex", "pect", "ed")]
    assert made["sum"] == pytest.approx(sum(parts))
    assert made["mean"] == pytest.approx(sum(parts) / 3)
    assert made["max"] == pytest.approx(max(parts, key=abs))
