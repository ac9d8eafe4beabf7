"""Count: how much work a study took, and how much there would be were nothing shared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

from amplify.loop.work import Count, Work, count_explained, count_fits
from amplify.run.study.folder import Made


def count_work(runs: Sequence[Made], keys: Collection[str]) -> dict[str, dict[str, int]]:
    """Calls, fits and explanations, each `distinct` and `alone`.

    `alone` is what there would be if every arm of every run asked, fitted and explained for itself.
    Calls are told apart by their `keys`, fits and explanations by data, seed and component.
    """
    works: dict[str, dict[str, Work]] = {}
    alone = 0
    for number, run in enumerate(runs):
        under = works.setdefault(f"{run.data}/{run.record['seed']}", {})
        under |= {f"{number}/{arm}": work for arm, work in run.work.items()}
        alone += sum(work.surveyed for work in run.work.values())
        alone += sum(len(work.explained[key]) for work in run.work.values() for key in work.asked)
        alone += sum(arm["items"] for arm in run.record["arms"])
    counts = {
        "calls": Count(len(keys), alone),
        "fits": count_fits(works),
        "explanations": count_explained(works),
    }
    return {name: asdict(count) for name, count in counts.items()}
