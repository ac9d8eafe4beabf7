"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ProviderComponent, TaskComponent, hookimpl
from amplify_mini.options import DispatchesOptions, LocalOptions


@hookimpl
def amplify_tasks() -> Iterator[TaskComponent]:
    """The generated task."""
    yield TaskComponent(
        name="dispatches",
        factory="amplify_mini.dispatches:Dispatches",
        options=DispatchesOptions,
        summary="a generated two-label task whose words the embedded model never saw",
    )


@hookimpl
def amplify_providers() -> Iterator[ProviderComponent]:
    """The embedded language model."""
    yield ProviderComponent(
        name="local",
        factory="amplify_mini.local:local",
        ranks=True,
        options=LocalOptions,
        summary="the embedded model: a demonstrator that learns a task from its prompt",
    )
