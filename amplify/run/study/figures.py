"""Read the published figures that stand beside a study's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.suggest import did_you_mean
from amplify.run.plan.typed import section, typed
from amplify.run.study.schema import FigureTable


@dataclass(frozen=True)
class Figure:
    """A published figure: the accuracy, in percent, of an arm on a task.

    `llm` is the LLM that it was measured with; `tag` says how sure it is, `note` why it cannot be
    compared.
    """

    task: str
    arm: str
    llm: str
    accuracy: float
    tag: str = ""
    note: str = ""


def read_figures(tables: Sequence[Mapping[str, Any]]) -> tuple[Figure, ...]:
    """The figures of the `[[figures]]` tables, in order."""
    figures: list[Figure] = []
    for number, table in enumerate(tables, 1):
        where = f"{section('figures', many=True)} {number}"
        entry = typed(FigureTable, table, where, strict=False)
        before = len(figures)
        for llm, arms in entry.accuracy.items():
            for arm, accuracy in arms.items():
                if not 0 <= accuracy <= 100:
                    raise PlanError(
                        f"an accuracy is in percent, 0 to 100, not {accuracy:g}",
                        where=f"{where} accuracy.{llm}.{arm}",
                    )
                figures.append(Figure(entry.task, arm, llm, accuracy, entry.tag, entry.note))
        if len(figures) == before:
            raise PlanError(
                "holds no figure", where=where, hint='accuracy = { "GPT-0" = { zero-shot = 80.5 } }'
            )
    return tuple(figures)


def check_tasks(figures: Sequence[Figure], tasks: Sequence[str]) -> None:
    """Refuse a figure of none of the study's `tasks`: no table would show it."""
    for figure in figures:
        if figure.task not in tasks:
            raise PlanError(
                f"a figure of {figure.task!r}, which is no task of the study"
                f"{did_you_mean(figure.task, tasks)}",
                where=section("figures", many=True),
                hint=f"tasks: {list(tasks)}",
            )
