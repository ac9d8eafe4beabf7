"""Misclassification confidence: how much a proxy prefers a wrong label."""

from __future__ import annotations

from amplify.contract.proxy import Scores


def misclassification_confidence(scores: Scores, truth: str, foil: str | None = None) -> float:
    """`p(foil) - p(truth)`, in [-1, 1] (Krishna et al. 2023, section 3.1).

    The foil is the proxy's best wrong label unless given; the value is then above 0 exactly when
    the proxy prefers a wrong label.
    """
    return scores.probability(foil or scores.foil(truth)) - scores.probability(truth)
