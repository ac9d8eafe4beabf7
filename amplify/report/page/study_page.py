"""Makes the page of a study from its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from markupsafe import Markup

from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.words import figures
from amplify.report.page.html import render_page, svg
from amplify.report.page.run_page import OUTCOMES
from amplify.report.page.tables import PageTable
from amplify.report.plots.points import arm_points
from amplify.report.plots.svg import draws_svg, narrow_svg
from amplify.report.study.rows import accuracies
from amplify.report.study.sections import sections
from amplify.run.store.read_back import read_stored, reading
from amplify.run.store.stored_run import HINT


def study_page(folder: Path, record: Mapping[str, Any]) -> str:
    """The page of a study whose `record` this is, as the text of an HTML file."""
    with reading(folder / "record.json", "a page cannot be made of the record", HINT):
        return render_page(
            "study.html.jinja",
            title=record["title"] or record["study"],
            kind="study",
            record=record,
            verdicts=list(_verdicts(record)),
            grids=[(llm, PageTable(heads, body)) for llm, heads, body in accuracies(record)],
            plots=list(_plots(record)),
            sections=[
                (
                    section.title,
                    section.every_line,
                    PageTable(section.heads, section.body) if section.heads else None,
                )
                for section in sections(record)
            ],
            plan=read_stored(folder / "study.toml").decode(errors="replace"),
            runs=sorted(path.parent.name for path in folder.glob("runs/*/record.json")),
        )


def _verdicts(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """For each task and LLM its name, the outcome, the first sentence of the verdict, and the
    figures of the focus against its baseline."""
    for result in record["results"]:
        verdict = result["verdict"]
        outcome = OUTCOMES.get(verdict["outcome"], "not compared")
        name = f"{result['task']}, {result['llm']}"
        yield name, outcome, verdict["sentences"][0], _figures(result)


def _figures(result: Mapping[str, Any]) -> str:
    """The comparison of the focus with its baseline, over all draws; empty where there is none."""
    arm, baseline = (result["verdict"].get(key) for key in ("focus", "baseline"))
    for each in result["comparisons"]:
        if (each["arm"], each["baseline"]) == (arm, baseline) and not each["baseline_draw"]:
            return f"{arm} against {baseline}: {figures(msgspec.convert(each, Comparison))}"
    return ""


def _plots(record: Mapping[str, Any]) -> Iterator[tuple[str, Markup, Markup]]:
    """For each task and LLM the arms with their intervals, wide and narrow."""
    for result in record["results"]:
        arms = arm_points(result["arms"], "arm")
        if arms:
            title = f"{result['task']}, {result['llm']}"
            yield title, svg(draws_svg(arms, title)), svg(narrow_svg(arms, title))
