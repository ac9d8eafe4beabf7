"""Puts the arms' requests to the LLM, in an order that pairs what is paid for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from amplify.contract.calls import Request
from amplify.run.engine.engine import Engine, Outcome


def answer_arms(
    engine: Engine, requests: Mapping[str, Sequence[Request]]
) -> Iterator[tuple[str, list[Outcome]]]:
    """The outcomes of each arm's requests, an arm after the other.

    Under a cap, which may end the run at any call, the arms take turns: the first item of every
    arm, the second of every arm, and so on, so that what was paid for is paired. Else one arm
    comes after the other, which is what local models, and the caches of services, do best with.
    """
    if not engine.budget.caps.any or len(requests) < 2:
        for arm, of_arm in requests.items():
            yield arm, engine.ask(of_arm, f"answer ({arm})")
        return
    longest = max(map(len, requests.values()))
    in_turn = [
        (arm, of_arm[place])
        for place in range(longest)
        for arm, of_arm in requests.items()
        if place < len(of_arm)
    ]
    outcomes: dict[str, list[Outcome]] = {arm: [] for arm in requests}
    answered = engine.ask([request for _, request in in_turn], "answer (the arms in turn)")
    for (arm, _), outcome in zip(in_turn, answered, strict=True):
        outcomes[arm].append(outcome)
    yield from outcomes.items()
