"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ProviderComponent, hookimpl


@hookimpl
def amplify_providers() -> Iterator[ProviderComponent]:
    """OpenAI's API, and whatever server speaks it."""
    yield ProviderComponent(
        name="openai",
        factory="amplify_openai.provider:OpenAIProvider",
        options="amplify_openai.options:OpenAIOptions",
        env=(
            "OPENAI_API_KEY",
            "OPENAI_BASE_URL",
            "AMPLIFY_SERVER_KEY",
            "OPENAI_CUSTOM_HEADERS",
        ),
        addresses=("OPENAI_BASE_URL",),
        ranks=True,
        completes=True,
        summary="a model by OpenAI's API, or by any server that speaks it",
    )
