"""In which order the arms' prompts are answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from amplify.contract.calls import Request
from amplify.loop.compare.compare import Comparison
from amplify.run.engine.engine import Engine, Outcome


def answered(
    engine: Engine, asked: Mapping[str, Sequence[Request]]
) -> Iterator[tuple[str, list[Outcome]]]:
    """The outcomes of each arm, in order.

    Under a cap, which may end the run at any call, the arms take turns: the first item of every
    arm, the second of every arm, and so on, so that what was paid for is paired. Else one arm
    comes after the other, which is what local models, and the caches of services, do best with.
    """
    if not engine.budget.caps.any or len(asked) < 2:
        for arm, requests in asked.items():
            yield arm, engine.ask(requests, f"answer ({arm})")
        return
    longest = max(map(len, asked.values()))
    order = [
        (arm, requests[place])
        for place in range(longest)
        for arm, requests in asked.items()
        if place < len(requests)
    ]
    found: dict[str, list[Outcome]] = {arm: [] for arm in asked}
    outcomes = engine.ask([request for _, request in order], "answer (the arms in turn)")
    for (arm, _), outcome in zip(order, outcomes, strict=True):
        found[arm].append(outcome)
    yield from found.items()


def paired_note(comparisons: Sequence[Comparison], items: int) -> list[str]:
    """On how many of the test items a run that was stopped compares its arms."""
    counts = sorted({one.items for one in comparisons})
    if not counts or counts == [items]:
        return []
    told = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    return [f"arms are compared on the {told} of {items:,} items that both have answered"]
