"""Tells what a study can show of methods, before any of its runs is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amplify.loop.compare.outlook import Outlook, outlook
from amplify.run.study.forecast_of_run import Forecast
from amplify.run.study.grid import Cell, Study


@dataclass(frozen=True)
class ForeseenPower:
    """What the runs of a task and an LLM can show together of the focus against its baseline."""

    task: str
    llm: str
    focus: str
    baseline: str
    outlook: Outlook


def foreseen_power(study: Study, forecasts: Sequence[Forecast]) -> list[ForeseenPower]:
    """The power of each task and LLM, whose seeds are draws too.

    `forecasts` are those of the study's cells, in order. A run that cannot be made counts nothing,
    and a task and LLM whose focus and baseline draw no demonstrations are left out.
    """
    groups: dict[tuple[str, str], list[tuple[Cell, Forecast]]] = {}
    for cell, run in zip(study.cells, forecasts, strict=True):
        if run.lost is None:
            groups.setdefault((cell.task, cell.llm), []).append((cell, run))
    counts = {key: _comparisons([run for _, run in group]) for key, group in groups.items()}
    best = {key: count - len(groups[key][0][1].arms) + 1 for key, count in counts.items()}
    powers = []
    for (task, llm), group in groups.items():
        plan = group[0][0].plan()
        outlooks = [run.outlook for _, run in group if run.outlook is not None]
        if plan.baseline is None or not outlooks:
            continue
        together = {
            "study": sum(counts.values()),
            "task": counts[task, llm],
            "arm": len(groups) + sum(best.values()),
        }
        draws = sum(of_run.draws for of_run in outlooks)
        items = min(of_run.items for of_run in outlooks)
        powers.append(
            ForeseenPower(
                task,
                llm,
                plan.focus,
                plan.baseline,
                outlook(draws, items, together[study.section.family]),
            )
        )
    return powers


def _comparisons(runs: Sequence[Forecast]) -> int:
    """How many comparisons the runs of a task and an LLM make together.

    The best draw of the baseline is compared with where there is a single run.
    """
    if len(runs) == 1 and runs[0].outlook is not None:
        return runs[0].outlook.comparisons
    return len(runs[0].arms) - 1
