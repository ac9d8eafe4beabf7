"""Puts the arms' requests to the LLM, in an order that pairs what is paid for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

from amplify.contract.calls import Request
from amplify.run.engine.engine import Engine, Outcome

IN_TURN = "answer (the arms in turn)"


def answer_arms(
    engine: Engine, requests: Mapping[str, Sequence[Request]]
) -> Iterator[tuple[str, list[Outcome]]]:
    """The outcomes of each arm's requests, an arm after the other.

    Under a cap, which may end the run at any call, the arms take turns: the first item of every
    arm, with all its repeats, the second of every arm, and so on, so that what was paid for is
    paired. Else one arm comes after the other, which is what local models, and the caches of
    services, do best with.
    """
    if not engine.budget.caps.any:
        for arm, of_arm in requests.items():
            yield arm, engine.ask(of_arm, f"answer ({arm})")
        return
    phase = f"answer ({next(iter(requests))})" if len(requests) == 1 else IN_TURN
    yield from _in_turn(engine, requests, phase).items()


def answer_together(
    engine: Engine, requests: Mapping[str, Sequence[Request]], phase: str
) -> dict[str, list[Outcome]]:
    """The outcomes of each arm's requests, all of them asked as one phase.

    Under a cap the arms take turns, see `answer_arms`.
    """
    if engine.budget.caps.any:
        return _in_turn(engine, requests, phase)
    remaining = iter(engine.ask(list(chain(*requests.values())), phase))
    return {arm: list(islice(remaining, len(of_arm))) for arm, of_arm in requests.items()}


def _in_turn(
    engine: Engine, requests: Mapping[str, Sequence[Request]], phase: str
) -> dict[str, list[Outcome]]:
    """The outcomes of each arm's requests, asked item by item."""
    by_item = {arm: _places_by_item(of_arm) for arm, of_arm in requests.items()}
    in_turn = [
        (arm, place)
        for turn in range(max(map(len, by_item.values()), default=0))
        for arm, items in by_item.items()
        if turn < len(items)
        for place in items[turn]
    ]
    answered = engine.ask([requests[arm][place] for arm, place in in_turn], phase)
    outcomes = dict(zip(in_turn, answered, strict=True))
    return {
        arm: [outcomes[arm, place] for place in range(len(of_arm))]
        for arm, of_arm in requests.items()
    }


def _places_by_item(requests: Sequence[Request]) -> list[list[int]]:
    """The places of the requests on each item, in the order of the items."""
    by_item: dict[str, list[int]] = {}
    for place, request in enumerate(requests):
        by_item.setdefault(request.item, []).append(place)
    return list(by_item.values())
