"""A checked provider: what it says of itself, and each outcome that it gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, cast

from amplify.contract.calls import Completion, Failure, Message, Request
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong, calling
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.copies import request_apart
from amplify.contract.guard.origin import Origin
from amplify.contract.guard.shapes import a, flag, json_able, several, text, texts, whole
from amplify.contract.provider import (
    AsyncProvider,
    BatchStatus,
    FoundBatch,
    MostTokens,
    Reply,
    SyncProvider,
)
from amplify.run.engine.checked_outcomes import NOT_ONE, check_outcome, check_ranked, check_reply


class _CheckedProvider(Checked):
    """What both kinds of provider have."""

    role = "llm"

    def __init__(self, inner: Any, origin: Origin) -> None:
        super().__init__(inner, origin)
        self._identity: dict[str, Any] | None = None
        self._bounds_calls = self.defines("most_tokens")

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two calls the same; the same whenever it is asked for."""
        with self.guard("identity"):
            identity = json_able(self.inner.identity, "the identity")
            if self._identity is None:
                for name in ("provider", "model"):
                    if identity.get(name) is not None:
                        text(identity[name], f"the identity's {name}")
                texts(identity.get("by_arm", ()), "the identity's by_arm")
                self._identity = identity
            if identity != self._identity:
                changed = [key for key in identity if identity[key] != self._identity.get(key)]
                raise Wrong(f"its identity has changed: {', '.join(changed) or 'a key is gone'}")
            return identity

    @property
    def limit(self) -> int | None:
        """The most tokens that prompt and reply may have together."""
        with self.guard("limit"):
            limit = self.member("limit")
            return None if limit is None else whole(limit, "the limit", 1)

    @property
    def preparation(self) -> str:
        """What the provider has yet to do before its first answer."""
        with self.guard("preparation"):
            return text(self.member("preparation"), "the preparation")

    def count_tokens(self, text: str) -> int | None:
        """Tokens of a text."""
        with self.guard("count_tokens"):
            count = self.member("count_tokens")(text)
            return None if count is None else whole(count, "a count of tokens", 0)

    def count_messages(self, messages: Sequence[Message]) -> int | None:
        """Tokens of a conversation."""
        with self.guard("count_messages"):
            given = [Message(message.role, message.content) for message in messages]
            count = self.member("count_messages")(given)
            return None if count is None else whole(count, "a count of tokens", 0)

    def most_tokens(self, request: Request) -> MostTokens | None:
        """The bound of a call."""
        with self.guard("most_tokens", arm=request.arm, item=request.item):
            if not self._bounds_calls:
                return None
            bound = self.inner.most_tokens(request_apart(request))
            if not isinstance(bound, MostTokens) or not all(
                type(count) is int and count >= 0 for count in (bound.input, bound.output)
            ):
                raise Wrong(f"most_tokens gave {brief(bound)}: not MostTokens of two counts")
            return MostTokens(bound.input, bound.output)


class CheckedSyncProvider(_CheckedProvider):
    """A `SyncProvider`."""

    needed = ("complete",)
    defaults = SyncProvider

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        """Each outcome with the index of its request, at most one for each."""
        with self.guard("complete"):
            iterator = iter(self.inner.complete([request_apart(request) for request in requests]))
        left = set(range(len(requests)))
        try:
            for given in self.each("complete", iterator):
                with self.guard("complete"):
                    yielded = self._pair(given, left)
                request = requests[yielded[0]]
                with self.guard("complete", arm=request.arm, item=request.item):
                    outcome = check_ranked(check_outcome(yielded[1]), request)
                yield yielded[0], outcome
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                with self.guard("complete"):
                    close()

    def _pair(self, given: object, left: set[int]) -> tuple[int, object]:
        pair = several(given, "what complete yields")
        if len(pair) != 2:
            raise Wrong(f"gave {brief(given)}: {NOT_ONE}")
        index = whole(pair[0], "a request's index")
        if index not in left or not isinstance(pair[1], Completion | Failure):
            raise Wrong(f"gave {brief(pair[1])} for request {index}: {NOT_ONE}")
        left.discard(index)
        return index, pair[1]


class CheckedAsyncProvider(_CheckedProvider):
    """An `AsyncProvider`."""

    needed = ("answer",)
    defaults = AsyncProvider

    def __init__(self, inner: Any, origin: Origin) -> None:
        super().__init__(inner, origin)
        with self.guard("batch"):
            self.batch = flag(self.member("batch"), "batch")
        if self.batch:
            self.require("submit", "status", "fetch")
        self.finds = self.defines("find")
        """Whether the provider can find a batch whose id was lost."""

    @property
    def warms(self) -> bool:
        """Whether the other end caches the shared block."""
        with self.guard("warms"):
            return flag(self.member("warms"), "warms")

    async def answer(self, request: Request) -> Reply:
        """What one attempt came to."""
        with self.guard("answer", arm=request.arm, item=request.item):
            try:
                answer = await self.inner.answer(request_apart(request))
            except TimeoutError:
                answer = None
            else:
                if not isinstance(answer, Reply):
                    raise Wrong(f"gave {brief(answer)}: not one Reply")
                reply = check_reply(answer)
                check_ranked(reply.outcome, request)
                return reply
        # The service's time-out, which the engine tells as it tells its own.
        raise TimeoutError

    async def close(self) -> None:
        """Close connections."""
        with self.guard("close"):
            await self.member("close")()

    async def submit(self, requests: Mapping[str, Request]) -> str:
        """The id of a new batch of these requests."""
        with self.guard("submit"):
            given = {name: request_apart(request) for name, request in requests.items()}
            return text(await self.inner.submit(given), "a batch's id")

    async def status(self, batch: str) -> BatchStatus:
        """How far a batch is."""
        with self.guard("status"):
            status = a(BatchStatus, await self.inner.status(batch), "a batch's status")
            state = text(status.state, "a batch's state")
            if state not in ("running", "done", "failed"):
                raise Wrong(f"a batch's state is {brief(state)}")
            done, total = (whole(count, "a batch's count") for count in (status.done, status.total))
            message = text(status.message, "a batch's message")
            return BatchStatus(cast(Any, state), done, total, message)

    async def latest(self) -> str | None:
        """The newest batch at the service."""
        with self.guard("latest"):
            batch = await self.member("latest")()
            return None if batch is None else text(batch, "a batch's id")

    async def find(self, names: Sequence[str], after: str | None) -> FoundBatch:
        """The batch whose requests had these names."""
        with self.guard("find"):
            value = await self.member("find")(list(names), after)
            find = a(FoundBatch, value, "what find returns")
            batch = None if find.batch is None else text(find.batch, "a batch's id")
            return FoundBatch(batch, texts(find.maybe, "batches' ids"))

    def of_batch(self, request: Request, completion: Completion) -> Completion:
        """A completion that `fetch` gave, as its request wants it."""
        with self.guard("of_batch", arm=request.arm, item=request.item):
            value = self.member("of_batch")(request_apart(request), completion)
            outcome = check_outcome(a(Completion, value, "what of_batch returns"), by_service=True)
            return cast("Completion", check_ranked(outcome, request))

    async def fetch(self, batch: str) -> AsyncIterator[tuple[str, Completion | Failure]]:
        """The outcomes of a batch, by the names of its requests."""
        with self.guard("fetch"):
            iterator = aiter(self.inner.fetch(batch))
        while True:
            with self.guard("fetch"):
                try:
                    pair = several(await anext(iterator), "what fetch yields", most=2)
                except StopAsyncIteration:
                    return
                if len(pair) != 2:
                    raise Wrong(f"gave {brief(pair)}: {NOT_ONE}")
                key, outcome = (
                    text(pair[0], "a request's key"),
                    check_outcome(pair[1], by_service=True),
                )
            yield key, outcome


def checked_provider(
    provider: Any, origin: Origin | None = None, hint: str = ""
) -> SyncProvider | AsyncProvider:
    """The provider in the wrapper of its kind; one that is wrapped already is returned as it is.

    `hint` is added to what is told of its faults from then on.
    """
    if not isinstance(provider, _CheckedProvider):
        origin = origin or Origin(_CheckedProvider.role)
        with calling(origin):
            kind = CheckedAsyncProvider if hasattr(provider, "answer") else CheckedSyncProvider
        provider = kind(provider, origin)
    provider.hint = hint or provider.hint
    return cast("SyncProvider | AsyncProvider", provider)
