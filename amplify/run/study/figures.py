"""Published figures that stand beside a study's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.options import convert
from amplify.run.tables import as_table, check_keys


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
    made = []
    for number, given in enumerate(tables, 1):
        where = f"[[figures]] {number}"
        entry = as_table(given, where)
        check_keys(entry, ("task", "accuracy", "tag", "note"), where)
        rest = {key: entry[key] for key in ("task", "tag", "note") if key in entry}
        for llm, arms in as_table(entry.get("accuracy", {}), f"{where} accuracy").items():
            for arm, accuracy in as_table(arms, f"{where} accuracy.{llm}").items():
                row = {**rest, "arm": arm, "llm": llm, "accuracy": accuracy}
                made.append(convert(Figure, row, where))
    return tuple(made)
