"""Makes one attempt at a call: with a deadline, and counted before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from amplify.contract.calls import Completion, Failure
from amplify.contract.provider import Reply
from amplify.kit.extra_requests import counts
from amplify.run.cost.usage import believable
from amplify.run.engine.budget import charged
from amplify.run.engine.remote.call_queue import PendingCall
from amplify.run.engine.stop_reason import StopReason

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
    counts.set(lambda: _count_further_request(remote, call, halt))
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
            remote.budget.end(call.reserved, outcome)
            if isinstance(outcome, Failure):
                remote.attempts.failed(call.key, outcome.kind, charged(outcome))
    if call.abandoned:
        return None
    return reply if outcome is reply.outcome else replace(reply, outcome=outcome)


def _count_further_request(
    remote: RemoteCalls, call: PendingCall, halt: Callable[[StopReason], None]
) -> bool:
    """Count one more request of an attempt, the last of which was refused or redirected; whether
    it may go."""
    if call.abandoned:
        return False
    stop = remote.budget.count_further_request()
    if stop is not None:
        halt(stop)
        return False
    remote.attempts.failed(call.key, "bad-request", False)
    remote.attempts.sent(call.key, remote.budget.known(call.reserved))
    remote.pacing.launched(0.0, remote.window.size, asyncio.get_running_loop().time())
    call.attempts += 1
    return True
