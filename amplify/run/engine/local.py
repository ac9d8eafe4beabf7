"""Asks a synchronous provider: a local model, a recording. It does its own batching."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.guard.calling import calling
from amplify.contract.provider import SyncProvider
from amplify.run.cost.usage import believable
from amplify.run.engine.budget import Budget, over
from amplify.run.engine.settle import Settle
from amplify.run.engine.stop import KEPT, Stop

A_ROUND = 64
"""Requests that are handed over at once under a cap: as many as run side by side."""


def ask_local(
    provider: SyncProvider,
    asked: Mapping[str, Request],
    settle: Settle,
    budget: Budget,
    name: str,
) -> Stop | None:
    """Put what is asked to the provider; why it was stopped where it was.

    The provider stands behind a door, which sees to it that each request gets one outcome at most.
    """
    keys, stop = list(asked), None
    most = budget.caps.calls
    if most is not None and budget.spent.calls + len(keys) > most:
        keys = keys[: max(0, most - budget.spent.calls)]
        stop = over("--max-calls", f"{most:,} calls were made")
    left = set(range(len(keys)))
    # What is given at once may come in any order: under a cap it is handed over in rounds, so that
    # the first requests are answered first.
    rounded = budget.caps.seconds is not None or budget.caps.tokens is not None
    requests = [asked[key] for key in keys]
    outcomes = _outcomes(provider, requests, name, A_ROUND if rounded else len(requests))
    for index, outcome in outcomes:
        left.discard(index)
        request = asked[keys[index]]
        if isinstance(outcome, Completion):
            outcome = believable(outcome, provider.limit)
        hold = budget.hold(request)
        budget.begin(hold)
        budget.end(hold, outcome)
        settle(keys[index], outcome, 1)
        verdict = budget.admit(hold) if left else "go"
        if isinstance(verdict, Stop):
            outcomes.close()
            return verdict
    return stop


def _outcomes(
    provider: SyncProvider, requests: list[Request], name: str, at_once: int
) -> Generator[tuple[int, Completion | Failure], None, None]:
    with calling(name, hint=KEPT):
        for start in range(0, len(requests), max(1, at_once)):
            for index, outcome in provider.complete(requests[start : start + at_once]):
                yield start + index, outcome
