"""A local server that speaks the protocol, and the real SDK that talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from amplify_openai.options import OpenAIOptions
from amplify_openai.provider import OpenAIProvider
from known.openai_words import KEY, ask, chat
from known.scripted import Answer, Scripted, scripted

from amplify import Completion, Context, Failure, Reply, Request
from amplify.contract.options import convert


@dataclass
class Bench:
    """A service and providers for it."""

    service: Scripted

    def provider(self, **options: Any) -> OpenAIProvider:
        values = {"model": "known-1", **options}
        return OpenAIProvider(convert(OpenAIOptions, values, "[llm]"), Context())

    def replies(self, *requests: Request, **options: Any) -> list[Reply]:
        """One attempt at each request, one after the other, by one provider."""

        async def work() -> list[Reply]:
            provider = self.provider(**options)
            try:
                return [await provider.answer(request) for request in requests]
            finally:
                await provider.close()

        return asyncio.run(work())

    def completion(self, request: Request | None = None, **options: Any) -> Completion:
        outcome = self.replies(request or ask(), **options)[0].outcome
        assert isinstance(outcome, Completion), outcome
        return outcome

    def failure(self, request: Request | None = None, **options: Any) -> Failure:
        outcome = self.replies(request or ask(), **options)[0].outcome
        assert isinstance(outcome, Failure), outcome
        return outcome

    def answering(self, *answers: Answer | dict[str, Any]) -> None:
        self.service.answering(*answers)

    @property
    def body(self) -> Any:
        """The body of the last request."""
        return self.service.seen[-1].json


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A service that OPENAI_BASE_URL names and that OPENAI_API_KEY is for."""
    with scripted() as service:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{service.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        for name in ("AMPLIFY_SERVER_KEY", "OPENAI_CUSTOM_HEADERS"):
            monkeypatch.delenv(name, raising=False)
        bench = Bench(service)
        bench.answering(chat())
        yield bench
