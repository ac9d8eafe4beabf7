"""A local server that speaks Anthropic's protocol, and the real SDK that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from amplify_anthropic.options import AnthropicOptions
from amplify_anthropic.provider import AnthropicProvider
from known.anthropic_words import message
from known.bench import Bench
from known.openai_words import KEY
from known.scripted import scripted


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A service that ANTHROPIC_BASE_URL names and that ANTHROPIC_API_KEY is for."""
    with scripted() as service:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        bench = Bench(service, AnthropicProvider, AnthropicOptions)
        bench.answering(message())
        yield bench
