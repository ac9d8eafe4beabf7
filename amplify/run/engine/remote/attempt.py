"""Makes one attempt at a call: with a deadline, and counted before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from amplify.contract.calls import Completion, Failure
from amplify.contract.provider import Reply
from amplify.kit.extra_requests import under_way
from amplify.run.cost.usage import believable
from amplify.run.engine.budget import charged
from amplify.run.engine.checked_outcomes import check_outcome
from amplify.run.engine.remote.call_queue import PendingCall
from amplify.run.engine.stop_reason import StopReason
from amplify.run.store.attempts import FirstReply

if TYPE_CHECKING:
    from amplify.run.engine.remote.remote_calls import RemoteCalls


async def attempt(
    remote: RemoteCalls,
    call: PendingCall,
    limit: int | None,
    halt: Callable[[StopReason], None],
) -> Reply | None:
    """The reply to one attempt at a call; None where nobody waits for it any more.

    `limit` is the most tokens that the provider's model takes. The deadline is the engine's, as a
    library's own time-out may be one for each read. `halt` is called where a cap holds a further
    request of the attempt back.
    """
    outcome: Completion | Failure | None = None
    call.began = asyncio.get_running_loop().time()
    under_way.set(_UnderWay(remote, call, halt, limit))
    try:
        try:
            async with asyncio.timeout(remote.settings.timeout):
                reply = await remote.provider.answer(call.request)
        except TimeoutError:
            message = f"no whole reply within {remote.settings.timeout:g} s"
            reply = Reply(Failure("timeout", message, retry=True))
        outcome = reply.outcome
        if isinstance(outcome, Completion):
            outcome = believable(outcome, limit)
        else:
            outcome = remote.clean(outcome)
    finally:
        if not call.abandoned:
            first = remote.attempts.written.get(call.key)
            remote.budget.end(call.reserved, outcome, first)
            if isinstance(outcome, Failure):
                remote.attempts.failed(call.key, outcome.kind, charged(outcome))
            elif outcome is not None:
                remote.attempts.written.pop(call.key, None)
    if call.abandoned:
        return None
    return reply if outcome is reply.outcome else replace(reply, outcome=outcome)


class _UnderWay:
    """The attempt that is under way, for a provider that makes several requests for it.

    `answered` says that the last request was answered with the first reply.
    """

    def __init__(
        self,
        remote: RemoteCalls,
        call: PendingCall,
        halt: Callable[[StopReason], None],
        limit: int | None,
    ) -> None:
        self.remote = remote
        self.call = call
        self.halt = halt
        self.limit = limit
        self.answered = False

    @property
    def first_reply(self) -> Completion | None:
        """The first reply that an earlier attempt has got."""
        first = self.remote.attempts.written.get(self.call.key)
        return None if first is None else first.completion

    def keep(self, first_reply: Completion) -> None:
        """Count the first reply, and keep it on disk."""
        remote, call = self.remote, self.call
        if call.abandoned:
            return
        completion = remote.clean(check_outcome(first_reply, by_service=True))
        assert isinstance(completion, Completion)
        first = FirstReply(believable(completion, self.limit), remote.budget.known(call.reserved))
        remote.attempts.wrote(call.key, first)
        remote.budget.count_first(first)
        self.answered = True

    def may_ask_again(self) -> bool:
        """Count one more request of the attempt, the last of which was refused, redirected, or
        answered in part; whether it may go."""
        remote, call = self.remote, self.call
        if call.abandoned:
            return False
        stop = remote.budget.count_further_request()
        if stop is not None:
            self.halt(stop)
            return False
        if not self.answered:
            remote.attempts.failed(call.key, "bad-request", False)
        self.answered = False
        remote.attempts.sent(call.key, remote.budget.known(call.reserved))
        remote.pacing.launched(0.0, remote.window.size, asyncio.get_running_loop().time())
        call.attempts += 1
        return True
