"""A local server that speaks a service's protocol, and real providers that call it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amplify import AsyncProvider, Completion, Context, Failure, Reply, Request
from amplify.contract.options import convert
from known.openai_words import ask
from known.scripted import Scripted


@dataclass
class Bench:
    """A service and providers for it, which `factory` makes of `options` and a context."""

    service: Scripted
    factory: Callable[[Any, Context], AsyncProvider]
    options: type

    def provider(self, **options: Any) -> Any:
        values = {"model": "known-1", **options}
        return self.factory(convert(self.options, values, "[llm]"), Context())

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

    def answering(self, *answers: Any) -> None:
        self.service.answering(*answers)

    @property
    def body(self) -> Any:
        """The body of the last request."""
        return self.service.seen[-1].json
