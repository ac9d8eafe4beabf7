"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ExplainerComponent, ProxyComponent, SelectorComponent, hookimpl


@hookimpl
def amplify_proxies() -> Iterator[ProxyComponent]:
    """The linear proxy."""
    yield ProxyComponent(
        name="linear",
        factory="amplify_sklearn.linear:Linear",
        options="amplify_sklearn.options:LinearOptions",
        offers=("predict", "linear"),
        learns=True,
        summary="logistic regression on TF-IDF words, fitted on the training split in a moment",
    )


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    """The coefficients."""
    yield ExplainerComponent(
        name="coefficients",
        factory="amplify_sklearn.coefficients:Coefficients",
        options="amplify_sklearn.options:CoefficientsOptions",
        needs=("linear",),
        summary="what each word adds to a linear proxy's logit: exact",
    )


@hookimpl
def amplify_selectors() -> Iterator[SelectorComponent]:
    """By likeness to the test item, and by clusters."""
    yield SelectorComponent(
        name="nearest",
        factory="amplify_sklearn.similar:TfIdfNearest",
        options="amplify_sklearn.options:SimilarOptions",
        per_item=True,
        summary="for each test item its nearest neighbours in the pool, by TF-IDF",
    )
    yield SelectorComponent(
        name="bm25",
        factory="amplify_sklearn.similar:BM25",
        options="amplify_sklearn.options:SimilarOptions",
        per_item=True,
        summary="for each test item the pool items that BM25 ranks highest",
    )
    yield SelectorComponent(
        name="mmr",
        factory="amplify_sklearn.marginal:MarginalRelevance",
        options="amplify_sklearn.options:MarginalOptions",
        per_item=True,
        summary="for each test item near ones that are unlike each other (MMR)",
    )
    yield SelectorComponent(
        name="k-means",
        factory="amplify_sklearn.clusters:KMeansClusters",
        options="amplify_sklearn.options:KMeansOptions",
        summary="of each cluster of the pool the item next to its centre, as in Auto-CoT",
    )
    yield SelectorComponent(
        name="conformal-labels",
        factory="amplify_sklearn.preselected:ConformalLabels",
        options="amplify_sklearn.options:ConformalOptions",
        needs=("scores", "test-scores"),
        per_item=True,
        narrows=True,
        summary="a demonstration of each label that the proxy cannot rule out for the item",
    )
