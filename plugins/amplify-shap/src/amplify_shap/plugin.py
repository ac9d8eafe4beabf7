"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ExplainerComponent, hookimpl


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    """Three ways to Shapley values: by permutations, by regression, along a tree of the text."""
    for name, factory, summary in (
        ("permutation", "Permutation", "Shapley values from orders of the words, each both ways"),
        ("kernel", "Kernel", "Shapley values by weighted regression on sets of words"),
        ("partition", "Partition", "Owen values along the text, halved again and again"),
    ):
        yield ExplainerComponent(
            name=name,
            factory=f"amplify_shap.explainers:{factory}",
            options="amplify_shap.options:ShapOptions",
            needs=("predict",),
            summary=summary,
        )
