"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ExplainerComponent, hookimpl


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    """LIME."""
    yield ExplainerComponent(
        name="text",
        factory="amplify_lime.explainer:Text",
        options="amplify_lime.options:LimeOptions",
        needs=("predict",),
        summary="LIME: a local linear regression on texts with words left out",
    )
