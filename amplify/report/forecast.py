"""What a study would take, in lines."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.guard.visible import visible
from amplify.report.plan import money
from amplify.run.cost.prices import FREE
from amplify.run.study.forecast import Forecast, summed
from amplify.run.study.grid import Study


def forecast_lines(study: Study, forecasts: Sequence[Forecast]) -> list[str]:
    """The runs, the arms of each and what it takes, the choices, and the sum."""
    lines = []
    for one in forecasts:
        lines.append(f"{visible(one.name)}: {', '.join(map(visible, one.arms))}")
        told = f"cannot be made: {' '.join(one.lost.split())}" if one.lost else bound(one)
        lines.append(f"  {visible(told)}")
    for choice in study.cells[0].choices:
        names = ", ".join(map(visible, choice.variants))
        lines.append(f"chosen on {choice.parts} parts of the pool, in each run: {names}")
    lost = sum(one.lost is not None for one in forecasts)
    left = f"; {lost} runs that cannot be made are left out" if lost else ""
    return [*lines, f"all: {bound(summed(forecasts))}; equal calls of its runs are one{left}"]


def bound(one: Forecast) -> str:
    """What it takes: calls and replies at most, prompts and cost about."""
    phase = one.phase
    if phase.calls is None or phase.tokens is None or phase.most_output is None:
        return "unknown: only the run can tell what its explainers ask the LLM"
    told = (
        f"at most {phase.calls:,} calls and {phase.most_output:,} tokens of replies, about"
        f" {phase.tokens:,} of prompts"
    )
    if one.price is FREE or not phase.calls:
        return told
    if one.price is None or phase.cost is None:
        return f"{told}; cost unknown"
    return f"{told}; about {money(phase.cost)} {visible(one.price.currency)}"
