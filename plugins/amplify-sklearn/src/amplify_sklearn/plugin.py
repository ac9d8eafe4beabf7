"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ExplainerComponent, ProxyComponent, hookimpl
from amplify_sklearn.options import CoefficientsOptions, LinearOptions


@hookimpl
def amplify_proxies() -> Iterator[ProxyComponent]:
    """The linear proxy."""
    yield ProxyComponent(
        name="linear",
        factory="amplify_sklearn.linear:Linear",
        options=LinearOptions,
        offers=("predict", "linear"),
        summary="logistic regression on TF-IDF words, fitted on the training split in a moment",
    )


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    """The coefficients."""
    yield ExplainerComponent(
        name="coefficients",
        factory="amplify_sklearn.coefficients:Coefficients",
        options=CoefficientsOptions,
        needs=("linear",),
        summary="what each word adds to a linear proxy's logit: exact",
    )
