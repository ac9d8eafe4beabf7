"""The provider's role as protocols: who answers prompts, in this process or over a network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from amplify.contract.calls import (
    BatchStatus,
    Completion,
    Failure,
    FoundBatch,
    Message,
    MostTokens,
    Reply,
    Request,
)


class Provider(Protocol):
    """Answers prompts, in this process: a local model, a recording. See also `AsyncProvider`."""

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two calls the same besides the request: provider, model, settings. JSON-able.

        Never holds a key. `by_arm` lists the arms whose calls get another answer than equal calls
        of other arms would (a replay that is bound to an arm).
        """

    @property
    def limit(self) -> int | None:
        """The most tokens that prompt and reply may have together; None where not known."""

    def count_tokens(self, text: str) -> int | None:
        """Tokens of `text` by the model's own tokenizer; None where there is none."""

    def complete(self, requests: Sequence[Request]) -> Iterable[tuple[int, Completion | Failure]]:
        """Yield `(index, outcome)` for each request as it comes, in any order."""


@runtime_checkable
class ChatCounter(Protocol):
    """A provider that also tells how many tokens a conversation takes."""

    def count_messages(self, messages: Sequence[Message]) -> int | None:
        """Tokens of the conversation by the model's own chat template.

        Raises PlanError where the model cannot be asked so.
        """


@runtime_checkable
class TokenBounds(Protocol):
    """A provider that also tells how many tokens a call may take at most.

    Without it, a prompt takes what `count_tokens` says, else as many tokens as it has bytes, and
    a reply `max_tokens`.
    """

    def most_tokens(self, request: Request) -> MostTokens:
        """A bound that holds for every attempt at this call: caps and forecasts rely on it.

        It includes all that is sent or written besides the prompt and the answer: a system
        message, reasoning, what a chat template adds. `most_prompt_tokens` bounds a text that
        nobody counts.
        """


class AsyncProvider(Protocol):
    """Answers prompts over a network: the engine drives it.

    Concurrency, retries, pauses, limits and deadlines are the engine's, so a library's own
    retries are off and its time-outs no shorter than the engine's. All calls come from one
    asyncio loop.
    """

    @property
    def identity(self) -> dict[str, Any]:
        """As `Provider.identity`; the base URL belongs in it, and `model` for its price."""

    @property
    def limit(self) -> int | None:
        """As `Provider.limit`."""

    @property
    def warms(self) -> bool:
        """Whether the other end caches the shared block: one call goes first, then the others."""

    def count_tokens(self, text: str) -> int | None:
        """As `Provider.count_tokens`."""

    async def answer(self, request: Request) -> Reply:
        """What exactly one attempt came to; raises nothing that the service is to blame for."""

    async def close(self) -> None:
        """Close connections; the provider is used no more."""


class BatchProvider(AsyncProvider, Protocol):
    """An asynchronous provider that can also take many requests at once, to be fetched later."""

    @property
    def batch(self) -> bool:
        """Whether the user chose the batch mode."""

    async def submit(self, requests: Mapping[str, Request]) -> str:
        """The id of a new batch of these requests, by the names that its outcomes will have.

        Raises ProviderError where it is refused. A name has at most 64 letters, digits and hyphens.
        """

    async def status(self, batch: str) -> BatchStatus:
        """How far the batch is."""

    def fetch(self, batch: str) -> AsyncIterator[tuple[str, Completion | Failure]]:
        """The outcomes of a batch that is done, each with its request's name, in any order.

        Raises ProviderError, behind those that came, where they are not all there: the engine
        fetches again, and keeps the batch.
        The engine ends a reply at its request's stop strings: they are not known here.
        """


@runtime_checkable
class BatchFinder(Protocol):
    """A `BatchProvider` that also finds a batch whose id was lost, so that nobody pays twice.

    That happens where a run is killed, or gets no answer, while a batch is being created.
    """

    async def latest(self) -> str | None:
        """The newest batch at the service; None where it has none, or `find` needs no such mark.

        Asked before a batch is created.
        """

    async def find(self, names: Sequence[str], after: str | None) -> FoundBatch:
        """The batch whose requests were submitted by these names, whatever has become of it.

        `after` is what `latest` said before it was created. Raises ProviderError where that cannot
        be found out.
        """
