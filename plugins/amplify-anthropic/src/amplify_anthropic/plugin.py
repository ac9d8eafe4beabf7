"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ProviderComponent, hookimpl


@hookimpl
def amplify_providers() -> Iterator[ProviderComponent]:
    """Anthropic's API, and whatever server speaks it."""
    yield ProviderComponent(
        name="anthropic",
        factory="amplify_anthropic.provider:AnthropicProvider",
        options="amplify_anthropic.options:AnthropicOptions",
        env=("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS"),
        addresses=("ANTHROPIC_BASE_URL",),
        ranks=True,
        completes=True,
        summary="a model by Anthropic's API, the shared block cached there",
    )
