"""Published figures that stand beside a study's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.options import convert
from amplify.run.plan.tables import as_table, check_keys, near


@dataclass(frozen=True)
class Figure:
    """A published figure: the accuracy, in percent, of an arm on a task.

    `llm` is whose it is; `tag` says how sure it is, `note` why it cannot be compared.
    """

    task: str
    arm: str
    llm: str
    accuracy: float
    tag: str = ""
    note: str = ""


def read_figures(tables: Sequence[Any]) -> tuple[Figure, ...]:
    """The figures of `[[figures]]`, in which `accuracy` holds, by LLM, percents by arm."""
    made: list[Figure] = []
    for number, given in enumerate(tables, 1):
        where = f"[[figures]] {number}"
        entry = as_table(given, where)
        check_keys(entry, ("task", "accuracy", "tag", "note"), where)
        rest = {key: entry[key] for key in ("task", "tag", "note") if key in entry}
        before = len(made)
        for llm, arms in as_table(entry.get("accuracy", {}), f"{where} accuracy").items():
            for arm, accuracy in as_table(arms, f"{where} accuracy.{llm}").items():
                row = {**rest, "arm": arm, "llm": llm, "accuracy": accuracy}
                made.append(convert(Figure, row, where))
                if not 0 <= made[-1].accuracy <= 100:
                    raise PlanError(
                        f"an accuracy is in percent, 0 to 100, not {made[-1].accuracy:g}",
                        where=f"{where} accuracy.{llm}.{arm}",
                    )
        if len(made) == before:
            raise PlanError(
                "holds no figure", where=where, hint='accuracy = { "GPT-0" = { zero-shot = 80.5 } }'
            )
    return tuple(made)


def check_tasks(figures: Sequence[Figure], tasks: Sequence[str]) -> None:
    """PlanError where a figure is of none of the study's tasks, so that it would stand nowhere."""
    for figure in figures:
        if figure.task not in tasks:
            raise PlanError(
                f"a figure of {figure.task!r}, which is no task of the study"
                f"{near(figure.task, tasks)}",
                where="[[figures]]",
                hint=f"tasks: {list(tasks)}",
            )
