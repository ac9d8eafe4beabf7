"""Forecast: what each run of a study would take at most, without making it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amplify.contract.errors import AmplifyError
from amplify.contract.progress import Progress
from amplify.host.load import Host
from amplify.run.estimate import Phase, estimate, total
from amplify.run.plan import Plan
from amplify.run.prices import FREE, Price
from amplify.run.shared import Shared
from amplify.run.study.grid import Cell, Study
from amplify.run.wire import wire


@dataclass(frozen=True)
class Forecast:
    """A run with its arms, and all that it takes as one phase, its choices on the pool included.

    Nothing is taken off for what runs share: it is a bound. `price` is None where it is not known.
    `lost` says why the run could not be made (None: it can).
    """

    name: str
    arms: tuple[str, ...]
    phase: Phase
    price: Price | None = None
    lost: str | None = None


def forecast(study: Study, host: Host, show: Progress) -> list[Forecast]:
    """A forecast of every run; data and tokenizers are read, nothing is fitted or asked."""
    shared = Shared()
    made = []
    with show("forecast", len(study.cells)) as advance:
        for cell in study.cells:
            made.append(_forecast(cell, host, shared))
            advance()
    return made


def _forecast(cell: Cell, host: Host, shared: Shared) -> Forecast:
    plan = cell.plan({choice.arm: next(iter(choice.variants)) for choice in cell.choices})
    arms = tuple(arm.name for arm in plan.arms)
    plans: list[Plan] = [plan]
    for choice in cell.choices:
        plans += [cell.choosing(choice, part) for part in range(1, choice.parts + 1)]
    phases: list[Phase] = []
    price = None
    try:
        for one in plans:
            wiring = wire(one, host)
            found = estimate(wiring, shared.provider(wiring))
            phases += found.phases
            price = found.price
    except AmplifyError as error:
        return Forecast(cell.name, arms, Phase(cell.name, 0, 0, 0), lost=str(error))
    return Forecast(cell.name, arms, total(cell.name, phases), price)


def summed(forecasts: Sequence[Forecast]) -> Forecast:
    """All runs as one; its price is None where they are paid in different currencies."""
    whole = total("all", [one.phase for one in forecasts])
    paid = [one.price for one in forecasts if one.price is not FREE and one.phase.calls]
    same = len({price.currency if price else None for price in paid}) == 1
    return Forecast("all", (), whole, (paid[0] if same else None) if paid else FREE)
