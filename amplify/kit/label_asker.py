"""Asks a service for a label: by one structured call, or by a second call behind a rationale."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.errors import ProviderError
from amplify.contract.provider import Limits, MostTokens, Reply
from amplify.kit.extra_requests import keep_reply, kept_reply, may_ask_again
from amplify.kit.label_calls import LabelCall, most_of_calls, plain_continuations
from amplify.kit.label_replies import (
    HELD_BACK,
    LabelReply,
    cut_rationale,
    joined,
    read_label,
    with_label,
)

HELD = Failure(
    "stopped", "its rationale is written, and a cap holds the call for its label back", True
)

ALIKE = Failure("bad-request", "two labels differ in white space alone: a service cannot tell them")


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What one call came to; `refused` says that the service does not take the way of asking."""

    outcome: LabelReply | Failure
    limits: Limits | None = None
    refused: bool = False


def alike(request: Request) -> bool:
    """Whether two labels of a request differ in white space alone."""
    return len(plain_continuations(request.labels)) < len(request.labels)


class LabelAsker:
    """Answers requests with labels, by the first of some ways that the service takes.

    A way that the service refuses is left for the next one, for as long as the provider lives.
    """

    def __init__(
        self, ways: Sequence[str], send: Callable[[LabelCall], Awaitable[CallOutcome]]
    ) -> None:
        """`ways` are tried in their order; `send` makes one call."""
        self._ways = tuple(ways)
        self._refused = 0
        self._send = send
        self._written: dict[Request, Completion] = {}

    @property
    def way(self) -> str:
        """The way in which a label is asked for now."""
        return self._ways[self._refused]

    def most_tokens(
        self, request: Request, most: Callable[[LabelCall], MostTokens], single: bool = False
    ) -> MostTokens:
        """The bound of one attempt, whichever ways are left; `most` bounds one call.

        `single` says that there is no second call.
        """
        return most_of_calls(request, self._ways[self._refused :], most, single)

    def batch_call(self, request: Request) -> LabelCall:
        """The only call of a batch for the request.

        ProviderError where it takes two, or where two labels cannot be told apart.
        """
        call = LabelCall(request, self.way)
        if call.asks_label and not alike(request):
            return call
        if not call.asks_label:
            error = ProviderError(
                f'answer_by = "{self.way}" takes two calls for each item, and a batch makes one',
                where="[llm] answer_by",
                hint="drop llm.batch, or ask in one call: with a schema or a tool",
            )
        else:
            error = ProviderError(
                ALIKE.message,
                where=f"arm {request.arm}, item {request.item}",
                hint="rename one of these labels in the data, or have the arm write its answer",
            )
        error.undone = True  # nothing was sent
        raise error

    def of_batch(self, request: Request, completion: Completion) -> Completion:
        """The completion of such a call, as its request wants it."""
        call = LabelCall(request, self.way)
        answer = read_label(call, LabelReply(completion))
        written = None if answer.label else cut_rationale(call, completion)
        return self._noted(answer if written is None else replace(written, note=answer.note))

    async def answer(self, request: Request) -> Reply:
        """One attempt, of one call or two; the tokens of both count."""
        if alike(request):
            return Reply(ALIKE)
        reply = await self._answer(request)
        if isinstance(reply.outcome, Failure):
            return reply
        return replace(reply, outcome=self._noted(reply.outcome))

    async def _answer(self, request: Request) -> Reply:
        written = self._written.get(request) or kept_reply()
        limits: Limits | None = None
        if written is None:
            call, first = await self._sent(request)
            if not isinstance(first.outcome, LabelReply):
                return Reply(first.outcome, first.limits)
            limits = first.limits
            completion = first.outcome.completion
            if call.asks_label:
                answer = read_label(call, first.outcome)
                written = None if answer.label else cut_rationale(call, completion)
                if written is None:
                    return Reply(answer, limits)
            elif completion.stop in HELD_BACK:
                return Reply(replace(completion, logprobs=()), limits)
            else:
                written = replace(completion, logprobs=()).until(request.stop)
            # It is kept until its label is there: no later attempt writes it again.
            self._written[request] = written
            keep_reply(written)
            if not may_ask_again():
                return Reply(HELD, limits)
        return await self._second(request, written)

    async def _sent(
        self, request: Request, written: str | None = None
    ) -> tuple[LabelCall, CallOutcome]:
        """The call that is not refused for its way, and what it came to; `written` as there."""
        while True:
            call = LabelCall(request, self.way, written)
            sent = await self._send(call)
            if not sent.refused or not self._leave(call.way):
                return call, sent
            if not may_ask_again():
                assert isinstance(sent.outcome, Failure)
                return call, replace(sent, outcome=replace(sent.outcome, retry=True))

    async def _second(self, request: Request, written: Completion) -> Reply:
        call, sent = await self._sent(request, written.text)
        if isinstance(sent.outcome, Failure) and sent.outcome.retry:
            return Reply(sent.outcome, sent.limits)
        self._written.pop(request, None)
        if isinstance(sent.outcome, Failure):
            note = f"without a label: {sent.outcome.message}"
            return Reply(replace(written, note=joined(written.note, note)), sent.limits)
        second = replace(read_label(call, sent.outcome), text="")
        return Reply(with_label(written, second), sent.limits)

    def _leave(self, way: str) -> bool:
        """Leave a way that was refused; whether there is another one."""
        if way == self.way and self._refused + 1 < len(self._ways):
            self._refused += 1
        return way != self.way

    def _noted(self, completion: Completion) -> Completion:
        """The completion with a note of the way, where the service refuses the first one."""
        if not self._refused:
            return completion
        note = f'label asked for by "{self.way}": the server refuses "{self._ways[0]}"'
        return replace(completion, note=joined(completion.note, note))
