"""Forecast what each run of a study would take, without making it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.errors import AmplifyError
from amplify.contract.progress import Progress
from amplify.host.load import Host
from amplify.run.cost.prices import FREE
from amplify.run.estimate.estimate import Estimate, estimate
from amplify.run.estimate.phases import Phase, total
from amplify.run.plan.plan import Plan
from amplify.run.study.forecast_of_run import Forecast
from amplify.run.study.grid import Cell, Study
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import wire


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
    latest: Estimate | None = None

    def forecast(self) -> Forecast:
        """The run itself, and what its choices try on each part of the pool."""
        cell = self.cell
        first = {choice.arm: next(iter(choice.variants)) for choice in cell.choices}
        arms = tuple(arm.name for arm in cell.plan(first).arms)
        try:
            phases = [self._dearest(first)]
            run = self.latest
            for choice in cell.choices:
                for part in range(1, choice.parts + 1):
                    phases.append(self._total(cell.choosing(choice, part)))
        except AmplifyError as error:
            return Forecast(cell.name, arms, Phase(cell.name, 0, 0, 0), lost=str(error))
        price, outlook = (run.price, run.outlook) if run else (None, None)
        return Forecast(cell.name, arms, total(cell.name, phases), price, None, outlook)

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
        self.latest = run
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
