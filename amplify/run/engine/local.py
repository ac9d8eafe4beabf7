"""Asks a synchronous provider: a local model, a recording. It does its own batching."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.guard import calling
from amplify.contract.providers import Provider
from amplify.run.engine.budget import Budget, over
from amplify.run.engine.settle import Settle
from amplify.run.engine.stop import KEPT, Stop
from amplify.run.usage import believable


def ask_local(
    provider: Provider,
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
    outcomes = _outcomes(provider, [asked[key] for key in keys], name)
    for index, outcome in outcomes:
        left.discard(index)
        request = asked[keys[index]]
        if isinstance(outcome, Completion):
            outcome = believable(outcome, provider.limit)
        hold = budget.hold(request)
        budget.begin(hold)
        budget.end(hold, request, outcome)
        settle(keys[index], outcome, 1)
        verdict = budget.admit(hold) if left else "go"
        if isinstance(verdict, Stop):
            outcomes.close()
            return verdict
    return stop


def _outcomes(
    provider: Provider, requests: list[Request], name: str
) -> Generator[tuple[int, Completion | Failure], None, None]:
    if requests:
        with calling(name, hint=KEPT):
            yield from provider.complete(requests)
