"""Write a study's tables as Markdown and CSV, and all of its files."""

from __future__ import annotations

import csv
import html
import io
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from amplify.contract.guard.spreadsheet import inert
from amplify.contract.guard.visible import visible
from amplify.report.plots.points import arm_points, has_draws
from amplify.report.plots.svg import FILE, panels_svg
from amplify.report.study.latex import as_latex
from amplify.report.study.rows import HEADS, accuracies, rows
from amplify.report.study.section import Section
from amplify.report.study.sections import sections


def table_files(record: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a study's table files, and of the plot of its draws, by the name of the file."""
    return {
        "table.csv": as_csv(record),
        "table.md": as_markdown(record),
        "table.tex": as_latex(record),
        **_plot_files(record),
    }


def _plot_files(record: Mapping[str, Any]) -> dict[str, str]:
    """The plot of every draw, a panel for each task and LLM; none where no arm has several."""
    panels = [
        (f"{result['task']}, {result['llm']}", arm_points(result["arms"], "arm"))
        for result in record["results"]
    ]
    drawn = [(title, arms) for title, arms in panels if has_draws(arms)]
    return {FILE: panels_svg(drawn)} if drawn else {}


def as_csv(record: Mapping[str, Any]) -> str:
    """The long table as comma-separated values: a row for each task, LLM and arm."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADS, lineterminator="\n")
    writer.writeheader()
    for row in rows(record):
        writer.writerow({key: _plain(value) for key, value in row.items()})
    return text.getvalue()


def as_markdown(record: Mapping[str, Any]) -> str:
    """A table of accuracies for each LLM, the verdicts, and everything else that was measured."""
    parts = [f"# {_escaped(record['title'] or record['study'])}"]
    wide = [
        Section(f"Accuracy in % (mean over draws), 95% interval: {llm}", (), heads, body)
        for llm, heads, body in accuracies(record)
    ]
    for section in itertools.chain(wide, sections(record)):
        parts.append(f"## {_escaped(section.title)}")
        if section.heads:
            cells = [[_escaped(cell) for cell in row] for row in section.body]
            parts.append(_tabulated(cells, [_escaped(head) for head in section.heads]))
        if section.every_line:
            parts.append("\n".join(f"- {_escaped(line)}" for line in section.every_line))
    return "\n\n".join(parts) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return inert(visible(value))
    return round(value, 6) if isinstance(value, float) else value


def _escaped(cell: Any) -> str:
    """A cell or a line of Markdown with nothing in it that Markdown or HTML would act on."""
    text = html.escape(visible(" ".join(str(cell).split())), quote=False)
    for sign in "\\`*_[]|#":
        text = text.replace(sign, f"\\{sign}")
    return text


def _tabulated(body: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    from tabulate import tabulate

    return str(tabulate(body, headers=heads, tablefmt="github", disable_numparse=True))
