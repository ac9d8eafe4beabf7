"""Makes the page of runs that are compared with the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from amplify.contract.data import Prediction
from amplify.report.page.answers import packed_answers
from amplify.report.page.html import render_page, svg
from amplify.report.page.tables import PageTable
from amplify.report.paired.rows import (
    ARM_HEADS,
    SETTING_HEADS,
    paired_arm_rows,
    setting_rows,
    summary,
)
from amplify.report.plots.difference import difference_svg, widest
from amplify.run.paired.pair import PairedRuns
from amplify.run.store.stored_run import StoredPrompt, StoredRun


def paired_page(comparisons: Sequence[PairedRuns], refused: Mapping[str, str]) -> str:
    """The page of comparisons, of which there is one at least, all with the same first run.

    `refused` says of other runs, by their folders, why they were not compared.
    """
    runs = [comparisons[0].first, *(paired.second for paired in comparisons)]
    names = run_names(runs)
    arm = comparisons[0].focus.name
    data = packed_answers(
        list(_predictions(runs, names)),
        _prompts(runs, names),
        f"{names[1]}: {arm}",
        f"{names[0]}: {arm}",
    )
    return render_page(
        "compare.html.jinja",
        data,
        title=" and ".join([names[0], ", ".join(names[1:])]),
        kind="comparison of runs",
        comparisons=[
            {
                "title": f"{names[0]} → {name}",
                "lines": list(summary(paired)),
                "arms": _arms(paired),
                "settings": PageTable(SETTING_HEADS, setting_rows(paired), 3),
                "prompts": [arm for arm in paired.arms if arm.prompts.lines],
            }
            for name, paired in zip(names[1:], comparisons, strict=True)
        ],
        refused=refused,
    )


def run_names(runs: Sequence[StoredRun]) -> list[str]:
    """What the runs are called: the names of their folders, or the paths where these repeat."""
    names = [run.folder.name for run in runs]
    if len(set(names)) == len(names) and all(names):
        return names
    return [f"{number}. {run.folder}" for number, run in enumerate(runs, 1)]


def _arms(paired: PairedRuns) -> PageTable:
    """The arms, each with the plot of its difference."""
    known = {a.name: asdict(a.comparison) for a in paired.arms if a.comparison is not None}
    end = widest(known.values())
    rows: list[list[Any]] = [
        [*row[:4], svg(difference_svg(known[row[0]], end)) if row[0] in known else "", *row[4:]]
        for row in paired_arm_rows(paired)
    ]
    return PageTable([*ARM_HEADS[:4], "", *ARM_HEADS[4:]], rows)


def _predictions(runs: Iterable[StoredRun], names: Iterable[str]) -> Iterator[Prediction]:
    for run, name in zip(runs, names, strict=True):
        for prediction in run.predictions:
            yield replace(prediction, arm=f"{name}: {prediction.arm}")


def _prompts(runs: Iterable[StoredRun], names: Iterable[str]) -> Iterator[StoredPrompt]:
    for run, name in zip(runs, names, strict=True):
        for prompt in run.prompts():
            prompt.arm = f"{name}: {prompt.arm}"
            yield prompt
