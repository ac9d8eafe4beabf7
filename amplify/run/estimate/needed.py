"""Tells how many items or draws a run needs to show a gain, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from amplify.loop.compare.compare import Level
from amplify.loop.compare.outlook import Outlook, PromptOutlook, outlook
from amplify.loop.compare.power import variances_at
from amplify.run.estimate.estimate import Estimate
from amplify.run.estimate.phases import enlarged, total


@dataclass(frozen=True)
class Needed:
    """What shows a true `gain` (a share) of prompts or of methods (`level`) in 4 runs of 5.

    That are so many test `items` in so many `draws` (0: nothing is drawn). The run would then make
    about so many `calls`, with so many prompt `tokens`, at most `most_output` tokens of replies,
    and at most so much `cost`; each is None where it is not known. `items` is None where no number
    of draws or items that was searched would do.
    """

    level: Level
    gain: float
    items: int | None
    draws: int
    calls: int | None = None
    tokens: int | None = None
    most_output: int | None = None
    cost: float | None = None


def method_outlook(estimate: Estimate, discordance: float) -> Outlook | None:
    """What the run can show of methods whose prompts differ on a share of items (`discordance`).

    How much draws vary is not measured by it. None where nothing is drawn.
    """
    draws, items = estimate.compared_draws, len(estimate.task.test)
    if not draws:
        return None
    ahead = outlook(draws, items, estimate.comparisons, variances_at(discordance))
    return replace(ahead, measured=False)


def needed(
    estimate: Estimate, prompts: PromptOutlook | None, methods: Outlook | None
) -> tuple[Needed, ...]:
    """What shows the smallest gain of the outlooks on prompts and on methods.

    Of a method that are more draws of the test items there are, else more items in the draws there
    are, where no number of draws would do.
    """
    rows: list[Needed] = []
    items, draws = len(estimate.task.test), max(estimate.draws.values(), default=0)
    if prompts is not None:
        least = prompts.chances[0]
        rows.append(_costed(estimate, Needed("prompt", least.gain, least.needed_items, draws)))
    if methods is not None:
        chance = methods.chances[0]
        if chance.needed_draws is not None:
            of_method = Needed("method", chance.gain, items, chance.needed_draws)
        else:
            of_method = Needed("method", chance.gain, chance.needed_items, methods.draws)
        rows.append(_costed(estimate, of_method))
    return tuple(rows)


def _costed(estimate: Estimate, row: Needed) -> Needed:
    """The row with what the run would cost."""
    if row.items is None:
        return row
    now = max(estimate.draws.values(), default=0)
    phases = enlarged(
        estimate.phases,
        estimate.draws,
        row.items / len(estimate.task.test),
        row.draws / now if now else 1.0,
    )
    whole = total("needed", phases)
    return replace(
        row,
        calls=whole.calls,
        tokens=whole.tokens,
        most_output=whole.most_output,
        cost=whole.cost,
    )
