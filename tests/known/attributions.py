"""What must hold of an attribution, on models whose right attribution is known.

Each oracle takes the attribution as a function from a proxy and claims to explanations, and raises
AssertionError where it is wrong. Token scores must be summed to words. Needs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from amplify import Claim, Example, Explanation, Scores, readable_words, without, word_ranges
from known.tokens import PIECES, TokenProxy, bent, total

Explain = Callable[[Any, Sequence[Claim]], Sequence[Explanation]]

LABELS = ("bad", "good", "so-so")
TEXTS = ("A splendid, unexpected evening.", "dull", "Ünïted don't: nothing — 3.14% of it!", "")


def claims(foil: str | None = "so-so", texts: Sequence[str] = TEXTS) -> list[Claim]:
    """Claims for the texts; the foil is never the target."""
    return [
        Claim(Example(str(i), text, LABELS[i % 2]), LABELS[i % 2], foil)
        for i, text in enumerate(texts)
    ]


def scores(explanation: Explanation) -> list[float]:
    return [span.score for span in explanation.spans]


def close(got: Sequence[float], wanted: Sequence[float], tolerance: float) -> None:
    """Equal to `tolerance`, relative to what is wanted where that is above 1."""
    assert list(got) == pytest.approx(list(wanted), rel=tolerance, abs=tolerance)


def linear(
    explain: Explain,
    token: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    tolerance: float,
    contrast: bool = False,
    less: str = "",
    once: bool = False,
) -> None:
    """On a sum of embeddings, a word's score is the sum over its tokens of `token(E, W)`.

    `W` is the target's weights, less the foil's with `contrast`. `less` is the token that stands
    for what is not there: for each token of the word, or `once` for all of it.
    """
    proxy = TokenProxy(LABELS)
    asked = claims()
    found = explain(proxy, asked)
    assert [e.example for e in found] == [claim.example for claim in asked]
    for explanation, claim in zip(found, asked, strict=True):
        weight = proxy.weights[:, LABELS.index(claim.target)]
        if contrast:
            weight = weight - proxy.weights[:, LABELS.index(claim.foil or "")]
        text = claim.example.text
        places = word_ranges(text)
        assert [(s.start, s.end) for s in explanation.spans] == places
        nothing = float(token(proxy.embed(less), weight)) if less else 0.0
        wanted = []
        for place in places:
            parts = [float(token(proxy.embed(p), weight)) for p in PIECES.findall(text, *place)]
            wanted.append(sum(parts) - nothing * (1 if once else len(parts)))
        close(scores(explanation), wanted, tolerance)
        assert explanation.unscored == 0


def interaction(explain: Explain, wanted: Sequence[float], tolerance: float) -> None:
    """On f = x1 x2 + x3 at x = (1, 1, 1), the three words get `wanted`."""
    axes = torch.eye(6, dtype=torch.float64)
    names = {"alph": axes[0], "beta": axes[1], "gamm": axes[2], "<s>": axes[5]}
    zero = torch.zeros(6, dtype=torch.float64)

    def score(embeddings: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = total(embeddings, mask)
        value = x[:, 0] * x[:, 1] + x[:, 2]
        return torch.stack([torch.zeros_like(value), value], 1)

    table = {**names, "[PAD]": zero, "[MASK]": zero}
    proxy = TokenProxy(("no", "yes"), score=score, table=table)
    example = Example("0", "alph beta gamm", "yes")
    (found,) = explain(proxy, [Claim(example, "yes", "no")])
    close(scores(found), wanted, tolerance)


def complete(
    explain: Explain,
    proxy: Any,
    asked: Sequence[Claim],
    start: Callable[[Claim], float],
    tolerance: float,
) -> None:
    """Words and remainder add up to the target's logit less `start`, relative to it."""
    for claim, found in zip(asked, explain(proxy, asked), strict=True):
        (own,) = proxy.predict([claim.example])
        change = own.logits[own.labels.index(claim.target)] - start(claim)
        if not readable_words(claim.example):
            continue
        whole = sum(scores(found)) + found.remainder
        assert whole == pytest.approx(change, rel=tolerance, abs=1e-9)


def contrastive(
    plain: Explain, contrast: Explain, proxy: Any, asked: Sequence[Claim], tolerance: float
) -> None:
    """The contrast of two labels is the difference of their attributions."""
    targets = plain(proxy, asked)
    foils = plain(proxy, [Claim(c.example, c.foil or "", c.target) for c in asked])
    for both, one, other in zip(contrast(proxy, asked), targets, foils, strict=True):
        wanted = [a - b for a, b in zip(scores(one), scores(other), strict=True)]
        close(scores(both), wanted, tolerance)


def single(explain: Explain, proxy: Any, asked: Sequence[Claim], tolerance: float) -> None:
    """In a padded batch every item gets what it gets alone."""
    for claim, together in zip(asked, explain(proxy, asked), strict=True):
        (alone,) = explain(proxy, [claim])
        assert [(s.start, s.end) for s in together.spans] == [(s.start, s.end) for s in alone.spans]
        close(scores(together), scores(alone), tolerance)


def ordered(explain: Explain, proxy: Any, asked: Sequence[Claim], tolerance: float) -> None:
    """The order of the claims changes nothing."""
    forth = explain(proxy, asked)
    back = list(explain(proxy, list(reversed(asked))))[::-1]
    for one, other in zip(forth, back, strict=True):
        assert one.example == other.example
        close(scores(one), scores(other), tolerance)


def slopes(
    explain: Explain, proxy: Any, asked: Sequence[Claim], tolerance: float, step: float = 1e-5
) -> None:
    """Growing a word's embeddings by a share h changes the logit by h times its score (float64)."""
    found = explain(proxy, asked)
    for batch in proxy.batches([claim.example for claim in asked]):
        assert batch.embeddings.dtype == torch.float64
        for at, index in enumerate(batch.indices):
            column = batch.labels[at].index(asked[index].target)
            own = range(at * batch.rows_per_example, (at + 1) * batch.rows_per_example)
            for span in found[index].spans:
                grown = torch.zeros(batch.embeddings.shape[:2], dtype=torch.float64)
                for row in own:
                    for position, place in enumerate(batch.offsets[row]):
                        if place and max(place[0], span.start) < min(place[1], span.end):
                            grown[row, position] = step
                with torch.no_grad():
                    up, down = (
                        batch.forward(
                            batch.embeddings * (1 + sign * grown.unsqueeze(-1)), *batch.arguments
                        )[at, column]
                        for sign in (1, -1)
                    )
                slope = float(up - down) / (2 * step)
                assert span.score == pytest.approx(slope, rel=tolerance, abs=tolerance)


class Shifted:
    """A proxy to whose logits, all alike, one more function of the input is added."""

    def __init__(self, inner: TokenProxy) -> None:
        self.inner = inner

    def _more(self, embeddings: Any, mask: Any) -> Any:
        return torch.sin(total(embeddings, mask)).sum(1, keepdim=True)

    def batches(self, examples: Sequence[Example]) -> Any:
        for batch in self.inner.batches(examples):
            score = batch.score

            def shifted(e: Any, m: Any, score: Any = score) -> Any:
                return score(e, m) + self._more(e, m)

            yield replace(batch, score=shifted)

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        found: dict[int, Scores] = {}
        for batch in self.batches(examples):
            logits = batch.forward(batch.embeddings, *batch.arguments)
            for index, row in zip(batch.indices, logits.tolist(), strict=True):
                found[index] = Scores(LABELS, tuple(row), (1 / 3, 1 / 3, 1 / 3))
        return [found[index] for index in range(len(examples))]


def unshifted(explain: Explain, tolerance: float) -> None:
    """The same function added to every logit changes nothing (as a contrast must have it)."""
    inner = bent_proxy()
    for one, other in zip(explain(inner, claims()), explain(Shifted(inner), claims()), strict=True):
        close(scores(one), scores(other), tolerance)


def unread(explain: Explain, tolerance: float, straight: bool = False) -> None:
    """A word that the model does not read gets nothing, and the others something.

    `straight` takes a linear model: what is drawn for a bent one leaves noise on every word.
    """
    proxy = TokenProxy(LABELS, unread=("mute",)) if straight else bent_proxy(unread=("mute",))
    asked = [Claim(Example("0", "loud mute and mute soft", "good"), "good", "bad")]
    (found,) = explain(proxy, asked)
    close([scores(found)[1], scores(found)[3]], [0, 0], tolerance)
    assert all(abs(scores(found)[i]) > 10 * tolerance for i in (0, 2, 4))


def same(explain: Explain, one: Any, other: Any, asked: Sequence[Claim], tolerance: float) -> None:
    """Two ways to compute one model give one attribution, relative to its largest score."""
    for first, second in zip(explain(one, asked), explain(other, asked), strict=True):
        largest = max(map(abs, scores(first)))
        assert largest > 0
        close(scores(first), scores(second), tolerance * largest)


def bent_proxy(**further: Any) -> TokenProxy:
    """A proxy that is not linear, in float64."""
    proxy = TokenProxy(LABELS, seed=3, **further)
    proxy.score = bent(proxy)
    return proxy


def start_of(proxy: Any, claim: Claim, kind: str) -> float:
    """The target's logit at the baseline "pad" or "zero"."""
    (batch,) = proxy.batches([claim.example])
    start = batch.baseline
    if kind == "zero":
        text = torch.tensor([[place is not None for place in row] for row in batch.offsets])
        start = torch.where(text.unsqueeze(-1), 0.0, batch.embeddings)
    with torch.no_grad():
        logits = batch.forward(start, *batch.arguments)[0]
    return float(logits[batch.labels[0].index(claim.target)])


def wordless(proxy: Any, claim: Claim) -> float:
    """The target's logit for the text without any of its words."""
    (found,) = proxy.predict([without(claim.example, readable_words(claim.example))])
    return found.logits[found.labels.index(claim.target)]
