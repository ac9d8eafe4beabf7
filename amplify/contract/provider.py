"""The role of a provider: it answers prompts, in this process or over a network.

A plugin declares it by `component.ProviderComponent`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from amplify.contract.calls import Completion, Failure, Message, Request


@dataclass(frozen=True, slots=True)
class Limits:
    """What the headers of a reply told of the rate limits.

    `…_left` counts what is left for now, `…_reset` the seconds until it is whole again.
    """

    requests_left: int | None = None
    tokens_left: int | None = None
    requests_reset: float | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What one attempt at a call came to."""

    outcome: Completion | Failure
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class MostTokens:
    """The most tokens that one attempt at a call may take, and so the most that it may cost.

    `input` counts the whole prompt as it is sent, a system message and what a chat template adds
    included; `output` the whole reply, what the model thinks before it included.
    """

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """How far a batch is: `done` of `total` requests; `message` says why one failed."""

    state: Literal["running", "done", "failed"]
    done: int = 0
    total: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class FoundBatch:
    """Where a batch is whose id was lost: `batch`, or None where the service has none such.

    `maybe` holds, where `batch` is None, batches that run and may be it: what they hold is seen
    only when they are over.
    """

    batch: str | None
    maybe: tuple[str, ...] = ()


class Provider:
    """What both kinds of provider have: `SyncProvider` and `AsyncProvider` add who is asked how.

    A provider inherits the defaults that it does not change.
    """

    limit: int | None = None
    """The most tokens that prompt and reply may have together; None where not known."""

    preparation: str = ""
    """What is done once before the first answer and takes long; `amplify plan` shows it."""

    def __init__(self, options: Any = None, context: Any = None) -> None:
        self.options = options
        self.context = context

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two calls the same besides the request: provider, model, settings. JSON-able.

        By default the class and all options. Never holds a key. A service's base URL belongs in
        it, and `model` for its price. `by_arm` lists the arms whose calls get another answer than
        equal calls of other arms would (a replay that is bound to an arm), by their names in the
        plan: `Request.arm_among` tells which of them a call is for.
        """
        kind = type(self)
        settings = {} if self.options is None else asdict(self.options)
        return {"provider": f"{kind.__module__}:{kind.__qualname__}", **settings}

    def count_tokens(self, text: str) -> int | None:
        """Tokens of `text` by the model's own tokenizer; None where there is none."""
        return None

    def count_messages(self, messages: Sequence[Message]) -> int | None:
        """Tokens of a conversation by the model's own chat template; None where there is none.

        Raises PlanError where the model cannot be asked in a conversation.
        """
        return None

    def most_tokens(self, request: Request) -> MostTokens | None:
        """A bound that holds for every attempt at this call: caps and forecasts rely on it.

        It includes all that is sent or written besides the prompt and the answer: a system
        message, reasoning, what a chat template adds. `most_prompt_tokens` bounds a text whose
        tokens nobody counts. None, which only the default returns: a prompt takes what
        `count_tokens` says, else as many tokens as it has bytes, and a reply `max_tokens`; where
        labels are ranked, they count with the prompt, and nothing is written.
        """
        return None


class SyncProvider(Provider):
    """Answers prompts in this process: a local model, a recording."""

    def complete(self, requests: Sequence[Request]) -> Iterable[tuple[int, Completion | Failure]]:
        """Yield `(index, outcome)` for each request as it comes, in any order."""
        raise NotImplementedError  # every provider defines it


class AsyncProvider(Provider):
    """Answers prompts over a network: the engine drives it.

    Concurrency, retries, pauses, limits and deadlines are the engine's, so a library's own
    retries are off and its time-outs no shorter than the engine's. All calls come from one
    asyncio loop.
    """

    warms: bool = False
    """Whether the other end caches the shared block: one call goes first, then the others."""

    batch: bool = False
    """Whether the user chose to hand requests over in batches: then `submit`, `status` and `fetch`
    are called in place of `answer`."""

    async def answer(self, request: Request) -> Reply:
        """What exactly one attempt came to; raises nothing that the service is to blame for."""
        raise NotImplementedError  # every provider defines it

    async def close(self) -> None:
        """Close connections; the provider is used no more."""

    async def submit(self, requests: Mapping[str, Request]) -> str:
        """The id of a new batch of these requests, by the names that its outcomes will have.

        Raises ProviderError where it is refused. A name has at most 64 letters, digits and hyphens.
        """
        raise NotImplementedError  # a provider that has no batches lacks it

    async def status(self, batch: str) -> BatchStatus:
        """How far the batch is."""
        raise NotImplementedError  # a provider that has no batches lacks it

    def fetch(self, batch: str) -> AsyncIterator[tuple[str, Completion | Failure]]:
        """The outcomes of a batch that is done, each with its request's name, in any order.

        Raises ProviderError, behind those that came, where they are not all there: the engine
        fetches again, and keeps the batch. `of_batch` then gets each completion with its request,
        which is not known here.
        """
        raise NotImplementedError  # a provider that has no batches lacks it

    def of_batch(self, request: Request, completion: Completion) -> Completion:
        """A completion that `fetch` gave, as its request wants it: by default, ended at the stop
        strings."""
        return completion.until(request.stop)

    async def latest(self) -> str | None:
        """The newest batch at the service; None where it has none, or `find` needs no such mark.

        Asked before a batch is created.
        """
        return None

    async def find(self, names: Sequence[str], after: str | None) -> FoundBatch:
        """The batch whose requests were submitted by these names, whatever has become of it.

        A provider that defines it is asked after a run was killed, or got no answer, while a batch
        was being created, so that nobody pays twice. `after` is what `latest` returned before.
        Raises ProviderError where that cannot be found out.
        """
        raise NotImplementedError  # a provider that finds no batches lacks it
