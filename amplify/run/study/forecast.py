"""Forecast what each run of a study would take, without making it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.errors import AmplifyError
from amplify.contract.progress import Progress
from amplify.host.load import Host
from amplify.loop.compare.outlook import Outlook
from amplify.run.cost.prices import FREE, Price
from amplify.run.estimate.estimate import estimate
from amplify.run.estimate.phases import Phase, total
from amplify.run.plan.plan import Plan
from amplify.run.study.grid import Cell, Study
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import wire


@dataclass(frozen=True)
class Forecast:
    """A run with its arms, and all that it takes as one phase, its choices on the pool included.

    Calls, tokens of replies and costs are bounds: nothing is taken off for what runs share, and of
    variants that are chosen among the dearest one counts. Random demonstrations stand in for those
    that only the run can choose, so that the tokens of prompts are about right. `price` is None
    where it is not known. `lost` says why the run could not be made (None: it can). `outlook` tells
    what the run alone can show of its focus as a method (None: of none).
    """

    name: str
    arms: tuple[str, ...]
    phase: Phase
    price: Price | None = None
    lost: str | None = None
    outlook: Outlook | None = None


def forecast(study: Study, host: Host, show: Progress) -> list[Forecast]:
    """A forecast of every run; data and tokenizers are read, nothing is fitted or asked."""
    shared = Shared()
    forecasts = []
    with show("forecast", len(study.cells)) as advance:
        for cell in study.cells:
            forecasts.append(_Forecaster(cell, host, shared).forecast())
            advance()
    return forecasts


def summed(forecasts: Sequence[Forecast]) -> Forecast:
    """All runs that can be made as one; no price where they are paid in different currencies."""
    possible = [forecast for forecast in forecasts if forecast.lost is None]
    paid = [forecast.price for forecast in possible if forecast.price is not FREE]
    same = len({price.currency if price else None for price in paid}) == 1
    price = (paid[0] if same else None) if paid else FREE
    return Forecast("all", (), total("all", [forecast.phase for forecast in possible]), price)


@dataclass
class _Forecaster:
    cell: Cell
    host: Host
    shared: Shared
    price: Price | None = None
    outlook: Outlook | None = None

    def forecast(self) -> Forecast:
        """The run itself, and what its choices try on each part of the pool."""
        cell = self.cell
        first = {choice.arm: next(iter(choice.variants)) for choice in cell.choices}
        arms = tuple(arm.name for arm in cell.plan(first).arms)
        try:
            phases = [self._dearest(first)]
            outlook = self.outlook
            for choice in cell.choices:
                for part in range(1, choice.parts + 1):
                    phases.append(self._total(cell.choosing(choice, part)))
        except AmplifyError as error:
            return Forecast(cell.name, arms, Phase(cell.name, 0, 0, 0), lost=str(error))
        return Forecast(cell.name, arms, total(cell.name, phases), self.price, None, outlook)

    def _dearest(self, first: Mapping[str, str]) -> Phase:
        """The run with the dearest variant of every choice: choices are of different arms."""
        base = dearest = self._total(self.cell.plan(first))
        for choice in self.cell.choices:
            names = list(choice.variants)[1:]
            variants = [self._total(self.cell.plan({**first, choice.arm: name})) for name in names]
            dearest = _with_more(dearest, base, variants)
        return dearest

    def _total(self, plan: Plan) -> Phase:
        wiring = wire(plan, self.host)
        run = estimate(wiring, self.shared.provider(wiring))
        self.price, self.outlook = run.price, run.outlook
        return total(self.cell.name, run.phases)


def _with_more(phase: Phase, base: Phase, variants: Sequence[Phase]) -> Phase:
    """The phase, and in each respect the most that one of the variants takes more than `base`."""

    def more(key: str) -> float | None:
        values = [getattr(taken, key) for taken in (base, *variants)]
        if None in values or getattr(phase, key) is None:
            return None
        whole: float = getattr(phase, key) + max(values) - values[0]
        return whole

    def count(key: str) -> int | None:
        value = more(key)
        return None if value is None else int(value)

    return Phase(
        phase.name,
        count("calls"),
        count("tokens"),
        count("most_output"),
        more("cost"),
        most_input=count("most_input"),
    )
