"""Count the work that a study took, and the work there would be if its arms shared none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from operator import add
from typing import Any

from amplify.loop.shared_work import Count, Work, count_explained, count_fits
from amplify.run.study.run_of_study import RunOfStudy


def count_work(runs: Sequence[RunOfStudy], keys: Collection[str]) -> dict[str, dict[str, int]]:
    """The calls, fits and explanations of the `runs`, each counted `distinct` and `alone`.

    `alone` counts what there would be if every arm of every run asked, fitted and explained for
    itself. `keys` are those of the distinct calls; fits and explanations are told apart by data,
    seed and component.
    """
    works: dict[str, dict[str, Work]] = {}
    alone = 0
    for number, run in enumerate(runs):
        under = works.setdefault(f"{run.data}/{run.record['seed']}", {})
        under |= {f"{number}/{arm}": work for arm, work in run.work.items()}
        alone += sum(work.surveyed for work in run.work.values())
        alone += sum(len(work.explained[key]) for work in run.work.values() for key in work.asked)
        for arm in run.record["arms"]:
            repeats = arm.get("stability", {}).get("repeats", 1)
            alone += arm.get("answers", arm["items"]) * repeats
            alone += arm.get("trials", 0)
            alone += arm.get("second_calls", {}).get("asked", 0)
            alone += _on_pool(arm, run.calibrations.get(arm["name"], "none"))
        for measured in ("worth", "attributions"):
            alone += run.record.get(measured, {}).get("requests", 0)
    counts = {
        "calls": Count(len(keys), alone),
        "fits": count_fits(works),
        "explanations": count_explained(works),
    }
    return {name: asdict(count) for name, count in counts.items()}


def _on_pool(arm: Mapping[str, Any], calibration: str) -> int:
    """The calls of an arm for its priors, and to choose the best of its draws.

    Where it calibrates by a batch, these are calls on pool items, and a draw asks the same ones for
    both, as far as they go.
    """
    priors = {prior["draw"]: prior["prompts"] for prior in arm.get("priors", ())}
    choices = {draw["draw"]: draw.get("pool_items") or 0 for draw in arm.get("draws", ())}
    together = max if calibration == "batch" else add
    draws = priors.keys() | choices.keys()
    return sum(together(priors.get(draw, 0), choices.get(draw, 0)) for draw in draws)
