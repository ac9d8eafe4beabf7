"""Print what a study would take: its runs, their arms, and the calls and cost of each."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible
from amplify.report.money import money
from amplify.report.plan import power_words, variance_words
from amplify.run.cost.prices import FREE
from amplify.run.study.forecast import summed
from amplify.run.study.forecast_of_run import Forecast
from amplify.run.study.foreseen_power import ForeseenPower, foreseen_power
from amplify.run.study.grid import Study


def forecast_lines(study: Study, forecasts: Sequence[Forecast]) -> list[str]:
    """Each run with its arms and what it takes, the choices of arms, the power, and the total."""
    lines = []
    for run in forecasts:
        lines.append(f"{visible(run.name)}: {', '.join(map(visible, run.arms))}")
        work = f"cannot be made: {' '.join(run.lost.split())}" if run.lost else work_words(run)
        lines.append(f"  {visible(work)}")
    for choice in study.cells[0].choices:
        names = ", ".join(map(visible, choice.variants))
        lines.append(f"chosen on {choice.parts} parts of the pool, in each run: {names}")
    lines += study_power_lines(foreseen_power(study, forecasts))
    lost = sum(run.lost is not None for run in forecasts)
    note = (
        f"; {counted(lost, 'run that cannot be made is', 'runs that cannot be made are')} left out"
        if lost
        else ""
    )
    return [*lines, f"all: {work_words(summed(forecasts))}; equal calls of its runs are one{note}"]


def study_power_lines(powers: Sequence[ForeseenPower]) -> list[str]:
    """What the study can show of its focus as a method, of equal tasks and LLMs at once."""
    where: dict[str, list[str]] = {}
    for power in powers:
        words = power_words(power.focus, power.baseline, power.outlook)
        where.setdefault(words, []).append(f"{power.task}, {power.llm}")
    lines = [f"{'; '.join(names)}: {words}" for words, names in where.items()]
    return [visible(line) for line in (*lines, *(variance_words(p.outlook) for p in powers[:1]))]


def work_words(run: Forecast) -> str:
    """The most calls and reply tokens of a run, and about its prompt tokens and cost."""
    phase = run.phase
    if phase.calls is None or phase.tokens is None or phase.most_output is None:
        return "unknown: only the run can tell what its selectors and explainers ask the LLM"
    work = (
        f"at most {counted(phase.calls, 'call')} and {phase.most_output:,} tokens of replies, about"
        f" {phase.tokens:,} of prompts"
    )
    if run.price is FREE or not phase.calls:
        return work
    if run.price is None or phase.cost is None:
        return f"{work}; cost unknown"
    return f"{work}; about {money(phase.cost)} {visible(run.price.currency)}"
