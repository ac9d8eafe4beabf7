"""A checked explainer: an explanation for each claim, of words that stand in its text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from amplify.contract.explainer import Claim, Explanation, Span
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.origin import Origin
from amplify.contract.guard.shapes import a, encodable, number, several, text, whole
from amplify.loop.checked.copies import claim_apart
from amplify.loop.checked.examples import check_example


class CheckedExplainer(Checked):
    """An `Explainer`.

    `calls_each` is how often one that asks the LLM asks it about an example.
    """

    role = "explainer"
    needed = ("explain",)

    def __init__(self, inner: Any, origin: Origin) -> None:
        super().__init__(inner, origin)
        with self.guard("calls_each"):
            self.calls_each = whole(getattr(inner, "calls_each", 1), "calls_each", 1)

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order."""
        item = claims[0].example.id if len(claims) == 1 else ""
        with self.guard("explain", item=item):
            given = [claim_apart(claim) for claim in claims]
            return check_explanations(self.inner.explain(proxy, given), claims)


def check_explanations(value: object, claims: Sequence[Claim]) -> list[Explanation]:
    """The explanations, in order of the claims."""
    explanations = several(value, "what explain returns", most=len(claims))
    if len(explanations) != len(claims):
        raise Wrong(f"returned {len(explanations)} explanations for {len(claims)} claims")
    return [
        _check(explanation, claim) for explanation, claim in zip(explanations, claims, strict=True)
    ]


def _check(value: object, claim: Claim) -> Explanation:
    item = claim.example.id
    explanation = a(Explanation, value, "a member of what explain returns", item)
    target = text(explanation.target, "the target", item)
    example = check_example(explanation.example)
    if target == claim.target and example != claim.example and example.id == item:
        raise Wrong("changed its text, its label, its options or its question", item)
    if target != claim.target or example != claim.example:
        raise Wrong(
            f"explained {example.id!r:.60} for {target!r:.60} where it was asked for {item!r} and"
            f" {claim.target!r}: explanations keep the order of the claims and their examples",
            item,
        )
    spans = several(explanation.spans, "the spans", item)
    chain = None if explanation.text is None else text(explanation.text, "the chain", item)
    if chain is not None and not encodable(chain):
        raise Wrong("the chain holds half a surrogate pair, which no prompt can", item)
    return Explanation(
        claim.example,
        claim.target,
        tuple(_span(a(Span, span, "a span", item), claim) for span in spans),
        chain,
        text(explanation.method, "the method", item),
        number(explanation.remainder, "the remainder", item),
        whole(explanation.unscored, "unscored", 0, item),
        None if explanation.gap is None else number(explanation.gap, "the gap", item),
    )


def _span(span: Span, claim: Claim) -> Span:
    item, length = claim.example.id, len(claim.example.text)
    start, end = whole(span.start, "a start", item=item), whole(span.end, "an end", item=item)
    if not 0 <= start <= end <= length:
        raise Wrong(f"scored characters {start} to {end} of {item}, which has {length}", item)
    score = span.score
    if isinstance(score, float) and not isfinite(score):
        raise Wrong(f"gave a word of {item} the score {score}", item)
    return Span(start, end, number(score, "the score of a word", item))
