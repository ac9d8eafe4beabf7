"""A local server that speaks a service's protocol, and the real SDK that talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from amplify import Completion, Context, Failure, Reply, Request
from amplify.contract.options import convert
from known.openai_words import ask
from known.scripted import Scripted, scripted
from known.vendors import Vendor

T = TypeVar("T")


@dataclass
class Bench:
    """A service and providers for it."""

    vendor: Vendor
    service: Scripted

    def provider(self, **options: Any) -> Any:
        values = {"model": "known-1", **options}
        return self.vendor.provider(convert(self.vendor.options, values, "[llm]"), Context())

    def work(self, work: Callable[[Any], Awaitable[T]], **options: Any) -> T:
        """What becomes of some work with a provider, which is closed afterwards."""

        async def whole() -> T:
            provider = self.provider(**options)
            try:
                return await work(provider)
            finally:
                await provider.close()

        return asyncio.run(whole())

    def replies(self, *requests: Request, **options: Any) -> list[Reply]:
        """One attempt at each request, one after the other, by one provider."""

        async def answer(provider: Any) -> list[Reply]:
            return [await provider.answer(request) for request in requests]

        return self.work(answer, **options)

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


@contextmanager
def bench_of(vendor: Vendor, patch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A service that the environment names, with a key, and that gives a good reply."""
    for name in ("AMPLIFY_SERVER_KEY", f"{vendor.name.upper()}_CUSTOM_HEADERS"):
        patch.delenv(name, raising=False)
    with scripted() as service:
        for name, value in vendor.env(service.url).items():
            patch.setenv(name, value)
        bench = Bench(vendor, service)
        bench.answering(vendor.good())
        yield bench
