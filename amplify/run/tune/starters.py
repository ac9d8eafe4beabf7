"""Chooses the contenders that a race begins with: as many as its calls suffice for."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.calls import Request
from amplify.contract.data import Example
from amplify.kit.seeded_order import seeded_key
from amplify.loop.race.schedule import Schedule
from amplify.run.tune.allowance import Allowance
from amplify.run.tune.contenders import Contender

SAMPLE = 64
"""About how many requests the price of the race's calls is estimated from."""


def starters_of(
    contenders: Sequence[Contender],
    validation: Sequence[Example],
    tested: Sequence[Contender],
    allowance: Allowance,
    seed: int,
) -> list[str]:
    """The names of the contenders that the calls suffice for; none where they do not for two."""
    every = [r for c in contenders for r in (*c.priors, *c.most_requests(0))]
    calls = allowance.calls(contenders, sample(every))
    if calls is None:
        return [contender.name for contender in contenders]
    names = {contender.name for contender in tested}
    order = sorted(
        contenders,
        key=lambda c: (c.name not in names, seeded_key(seed, f"starter/{c.name}")),
    )
    for count in range(len(order), 0, -1):
        starting = order[:count]
        of_priors = sum(len(contender.priors) for contender in starting)
        schedule = Schedule(
            len(validation), count, items_asked(max(0, calls - of_priors), starting)
        )
        if schedule.starters == count and count >= min(2, len(order)):
            kept = {contender.name for contender in starting}
            return [contender.name for contender in contenders if contender.name in kept]
    return []


def items_asked(calls: int | None, contenders: Sequence[Contender]) -> int | None:
    """The items that so many calls ask, over all contenders, which ask them together."""
    each = sum(contender.calls_per_item for contender in contenders)
    return None if calls is None else calls * len(contenders) // each


def sample(requests: Sequence[Request]) -> Sequence[Request]:
    """An even sample of the requests."""
    return requests[:: max(1, len(requests) // SAMPLE)]
