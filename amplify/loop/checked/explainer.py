"""The explainer behind a door: an explanation for each claim, of words that stand in its text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from amplify.contract.explainer import Claim, Explanation, Span
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.door import Door
from amplify.contract.guard.shapes import a, encodable, number, several, text, whole
from amplify.loop.checked.apart import claim_apart
from amplify.loop.checked.examples import check_example


class ExplainerDoor(Door):
    """An `Explainer`."""

    role = "explainer"
    needed = ("explain",)

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order."""
        item = claims[0].example.id if len(claims) == 1 else ""
        with self.guard("explain", item=item):
            given = [claim_apart(claim) for claim in claims]
            return check_explanations(self.inner.explain(proxy, given), claims)


def check_explanations(found: object, claims: Sequence[Claim]) -> list[Explanation]:
    """The explanations, in order of the claims."""
    every = several(found, "what explain returns", most=len(claims))
    if len(every) != len(claims):
        raise Wrong(f"returned {len(every)} explanations for {len(claims)} claims")
    return [_check(one, claim) for one, claim in zip(every, claims, strict=True)]


def _check(found: object, claim: Claim) -> Explanation:
    item = claim.example.id
    told = a(Explanation, found, "a member of what explain returns", item)
    target = text(told.target, "the target", item)
    example = check_example(told.example)
    if target == claim.target and example != claim.example and example.id == item:
        raise Wrong("changed its text, its label, its options or its question", item)
    if target != claim.target or example != claim.example:
        raise Wrong(
            f"explained {example.id!r:.60} for {target!r:.60} where it was asked for {item!r} and"
            f" {claim.target!r}: explanations keep the order of the claims and their examples",
            item,
        )
    spans = several(told.spans, "the spans", item)
    chain = None if told.text is None else text(told.text, "the chain", item)
    if chain is not None and not encodable(chain):
        raise Wrong("the chain holds half a surrogate pair, which no prompt can", item)
    return Explanation(
        claim.example,
        claim.target,
        tuple(_span(a(Span, one, "a span", item), claim) for one in spans),
        chain,
        text(told.method, "the method", item),
        number(told.remainder, "the remainder", item),
        whole(told.unscored, "unscored", 0, item),
        None if told.gap is None else number(told.gap, "the gap", item),
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
