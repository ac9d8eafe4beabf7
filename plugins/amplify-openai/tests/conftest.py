"""A local server that speaks OpenAI's protocol, and the real SDK that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from amplify_openai.options import OpenAIOptions
from amplify_openai.provider import OpenAIProvider
from known.bench import Bench
from known.openai_words import KEY, chat
from known.scripted import scripted


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A service that OPENAI_BASE_URL names and that OPENAI_API_KEY is for."""
    with scripted() as service:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{service.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        for name in ("AMPLIFY_SERVER_KEY", "OPENAI_CUSTOM_HEADERS"):
            monkeypatch.delenv(name, raising=False)
        bench = Bench(service, OpenAIProvider, OpenAIOptions)
        bench.answering(chat())
        yield bench
