"""Forecast: what each run of a study would take, without making it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.errors import AmplifyError
from amplify.contract.progress import Progress
from amplify.host.load import Host
from amplify.run.cost.prices import FREE, Price
from amplify.run.estimate.estimate import Phase, estimate, total
from amplify.run.plan.plan import Plan
from amplify.run.study.grid import Cell, Study
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import wire


@dataclass(frozen=True)
class Forecast:
    """A run with its arms, and all that it takes as one phase, its choices on the pool included.

    Calls, tokens of replies and costs are bounds: nothing is taken off for what runs share, and of
    what is chosen the dearest counts. But random demonstrations stand in for those that only the
    run can find: with them, tokens of prompts are about right. `price` is None where it is not
    known. `lost` says why the run could not be made (None: it can).
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
            made.append(_Forecaster(cell, host, shared).forecast())
            advance()
    return made


def summed(forecasts: Sequence[Forecast]) -> Forecast:
    """All runs that can be made as one; no price where they are paid in different currencies."""
    made = [one for one in forecasts if one.lost is None]
    paid = [one.price for one in made if one.price is not FREE]
    same = len({price.currency if price else None for price in paid}) == 1
    price = (paid[0] if same else None) if paid else FREE
    return Forecast("all", (), total("all", [one.phase for one in made]), price)


@dataclass
class _Forecaster:
    cell: Cell
    host: Host
    shared: Shared
    price: Price | None = None

    def forecast(self) -> Forecast:
        """The run itself, and what its choices try on each part of the pool."""
        cell = self.cell
        first = {choice.arm: next(iter(choice.variants)) for choice in cell.choices}
        arms = tuple(arm.name for arm in cell.plan(first).arms)
        try:
            phases = [self._dearest(first)]
            for choice in cell.choices:
                for part in range(1, choice.parts + 1):
                    phases.append(self._total(cell.choosing(choice, part)))
        except AmplifyError as error:
            return Forecast(cell.name, arms, Phase(cell.name, 0, 0, 0), lost=str(error))
        return Forecast(cell.name, arms, total(cell.name, phases), self.price)

    def _dearest(self, first: Mapping[str, str]) -> Phase:
        """The run with the dearest variant of every choice: choices are of different arms."""
        base = found = self._total(self.cell.plan(first))
        for choice in self.cell.choices:
            others = list(choice.variants)[1:]
            tried = [self._total(self.cell.plan({**first, choice.arm: name})) for name in others]
            found = _with_more(found, base, tried)
        return found

    def _total(self, plan: Plan) -> Phase:
        wiring = wire(plan, self.host)
        made = estimate(wiring, self.shared.provider(wiring))
        self.price = made.price
        return total(self.cell.name, made.phases)


def _with_more(found: Phase, base: Phase, tried: Sequence[Phase]) -> Phase:
    """`found`, and in each respect the most that one of `tried` takes more than `base`."""

    def more(key: str) -> float | None:
        values = [getattr(phase, key) for phase in (base, *tried)]
        if None in values or getattr(found, key) is None:
            return None
        whole: float = getattr(found, key) + max(values) - values[0]
        return whole

    def count(key: str) -> int | None:
        value = more(key)
        return None if value is None else int(value)

    return Phase(
        found.name,
        count("calls"),
        count("tokens"),
        count("most_output"),
        more("cost"),
        most_input=count("most_input"),
    )
