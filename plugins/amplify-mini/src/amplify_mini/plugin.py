"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ProviderComponent, ProxyComponent, TaskComponent, hookimpl


@hookimpl
def amplify_tasks() -> Iterator[TaskComponent]:
    """The generated task."""
    yield TaskComponent(
        name="dispatches",
        factory="amplify_mini.dispatches:Dispatches",
        options="amplify_mini.options:DispatchesOptions",
        summary="a generated two-label task whose words the embedded model never saw",
    )


@hookimpl
def amplify_proxies() -> Iterator[ProxyComponent]:
    """The embedded language model as a proxy: untuned, or to explain itself."""
    yield ProxyComponent(
        name="verbalizer",
        factory="amplify_mini.local:verbalizer",
        options="amplify_mini.options:VerbalizerOptions",
        offers=("predict", "gradients"),
        summary="the embedded model, untuned, scoring each label's own tokens",
    )


@hookimpl
def amplify_providers() -> Iterator[ProviderComponent]:
    """The embedded language model."""
    yield ProviderComponent(
        name="local",
        factory="amplify_mini.local:local",
        ranks=True,
        completes=True,
        itself="mini/verbalizer",
        options="amplify_mini.options:LocalOptions",
        summary="the embedded model: a demonstrator that learns a task from its prompt",
    )
