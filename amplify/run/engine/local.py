"""Calls a synchronous provider: a local model, a recording. It does its own batching."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.grammar import counted
from amplify.contract.guard.calling import calling
from amplify.contract.provider import SyncProvider
from amplify.run.cost.usage import believable
from amplify.run.engine.budget import Budget, cap_reached
from amplify.run.engine.outcome_writer import Deliver
from amplify.run.engine.stop_reason import KEPT, StopReason

ROUND = 64
"""Requests that are handed over together under a cap."""


def ask_local(
    provider: SyncProvider,
    requests: Mapping[str, Request],
    deliver: Deliver,
    budget: Budget,
    name: str,
) -> StopReason | None:
    """Hand requests (by key) to the provider; why it was given no more, where a cap was reached.

    `provider` gives at most one outcome for each request: it is checked already. `deliver` is
    called with each outcome. `name` is what errors call the provider.
    """
    keys, stop = list(requests), None
    most = budget.caps.calls
    if most is not None and budget.spent.calls + len(keys) > most:
        keys = keys[: max(0, most - budget.spent.calls)]
        stop = cap_reached("--max-calls", counted(most, "call was made", "calls were made"))
    waiting = set(range(len(keys)))
    # The provider may answer in any order. Under a cap it is given its requests in rounds, so that
    # the first requests are answered first.
    in_rounds = budget.caps.seconds is not None or budget.caps.tokens is not None
    batch = [requests[key] for key in keys]
    outcomes = _outcomes(provider, batch, name, ROUND if in_rounds else len(batch))
    for index, outcome in outcomes:
        waiting.discard(index)
        if isinstance(outcome, Completion):
            outcome = believable(outcome, provider.limit)
        reserved = budget.reservation(batch[index])
        budget.begin(reserved)
        budget.end(reserved, outcome)
        deliver(keys[index], outcome, 1)
        clearance = budget.clearance(reserved) if waiting else "go"
        if isinstance(clearance, StopReason):
            outcomes.close()
            return clearance
    return stop


def _outcomes(
    provider: SyncProvider, requests: list[Request], name: str, round_size: int
) -> Generator[tuple[int, Completion | Failure], None, None]:
    """Each outcome with the index of its request."""
    with calling(name, hint=KEPT):
        for start in range(0, len(requests), max(1, round_size)):
            for index, outcome in provider.complete(requests[start : start + round_size]):
                yield start + index, outcome
