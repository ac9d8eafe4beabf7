"""Groups the runs of a study by task and LLM, and gathers the draws of all their seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec

from amplify.contract.data import Prediction
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.audit.contrast import Contrast, sum_contrasts
from amplify.loop.compare.classifier import proxy_names, proxy_predictions
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.distinct_draws import distinct_draws
from amplify.loop.compare.pairing import Draw
from amplify.loop.prompt.shown import ShownExamples
from amplify.run.plan.plan import Plan
from amplify.run.study.grid import Cell
from amplify.run.study.run_of_study import RunOfStudy
from amplify.run.study.shown import draw_notes


@dataclass(frozen=True)
class Group:
    """The runs of one task and one LLM, one run for each seed; `plan` is that of the first run."""

    task: str
    llm: str
    plan: Plan
    seeds: tuple[int, ...]
    runs: tuple[RunOfStudy, ...]

    def predictions(self, arm: str) -> dict[Draw, list[Prediction]]:
        """The arm's predictions by draw, without items whose prompts were not answered.

        Of draws that show the same examples there is the first alone: see `distinct_draws`.
        """
        answered: dict[Draw, list[Prediction]] = {}
        for seed, run in zip(self.seeds, self.runs, strict=True):
            for prediction in run.predictions.get(arm, ()):
                if prediction.status != "prepared":
                    answered.setdefault((seed, prediction.draw), []).append(prediction)
        return distinct_draws(answered, self.shown(arm))

    def by_proxy(self) -> dict[str, dict[Draw, list[Prediction]]]:
        """By its name what each proxy says of the test items under each seed, where all runs tell
        it."""
        by_name: dict[str, dict[Draw, list[Prediction]]] = {}
        for seed, run in zip(self.seeds, self.runs, strict=True):
            labels = {p.item: p.label for p in chain(*run.predictions.values())}
            names = proxy_names([report["name"] for report in run.record["proxies"]])
            for name, answers in zip(names, run.on_test, strict=False):
                read = proxy_predictions(name, answers, labels)
                by_name.setdefault(name, {})[seed, 0] = read
        return {name: seeds for name, seeds in by_name.items() if len(seeds) == len(self.runs)}

    def shown(self, arm: str) -> dict[Draw, ShownExamples]:
        """Which demonstrations each draw of the arm shows."""
        return {
            (seed, draw): shown
            for seed, run in zip(self.seeds, self.runs, strict=True)
            for (name, draw), shown in run.shown.items()
            if name == arm
        }

    @property
    def draws_none(self) -> set[str]:
        """The arms that draw no demonstrations, so that a single prompt is all there is of them."""
        arms = self.runs[0].record["arms"]
        return {arm["name"] for arm in arms if arm.get("draws_none")}

    def notes(self) -> list[str]:
        """The notes of the runs, each once, with its seeds where not all runs have it.

        Then those on draws that show the same examples.
        """
        seeds_of: dict[str, list[int]] = {}
        for seed, run in zip(self.seeds, self.runs, strict=True):
            for note in run.record["notes"]:
                seeds_of.setdefault(note, []).append(seed)
        drawing = [arm.name for arm in self.plan.arms if arm.name not in self.draws_none]
        return [
            *(
                note
                if len(seeds) == len(self.seeds)
                else f"seed {', '.join(map(str, seeds))}: {note}"
                for note, seeds in seeds_of.items()
            ),
            *draw_notes({name: [*self.shown(name).values()] for name in drawing}),
        ]

    def score(self, arm: str) -> ArmScore:
        """The result of the arm over all seeds and draws."""
        return score_arm(
            arm,
            self.predictions(arm),
            arm in self.draws_none,
            labels=self.classes,
            resampling=self.seeds[0],
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the task; empty for open answers, or where a run did not count them."""
        data = [run.record.get("data", {}) for run in self.runs]
        counted = [of_run.get("classes", {}).get("test", {}) for of_run in data]
        return tuple(dict.fromkeys(chain(*counted))) if all(counted) else ()

    @property
    def single(self) -> dict[str, Any] | None:
        """The record of the only run; None where there are several seeds.

        Each run chooses its own best draws on the pool, which are not those of other seeds.
        """
        return self.runs[0].record if len(self.runs) == 1 else None

    def with_best_draw(self) -> list[Comparison]:
        """The comparison of the focus with the best draw of its baseline, of a single run."""
        comparisons = (self.single or {}).get("comparisons", [])
        return [
            msgspec.convert(c, Comparison)
            for c in comparisons
            if c.get("baseline_draw") and self._by_metric(c)
        ]

    def _by_metric(self, comparison: Mapping[str, Any]) -> bool:
        """Whether a comparison of a run is by the metric that the study now compares by."""
        return bool(comparison.get("metric", "accuracy") == self.plan.verdict.metric)

    def of_prompts(self) -> Comparison | None:
        """The comparison of the best draws of the focus and its baseline, of a single run."""
        prompts = (self.single or {}).get("prompts")
        return (
            None
            if prompts is None or not self._by_metric(prompts)
            else msgspec.convert(prompts, Comparison)
        )

    def contrast(self) -> Contrast:
        """The contrast of the arms over all seeds.

        Two arms ask the same only where they do so under each seed.
        """
        by_run = [run.record.get("contrast", {}) for run in self.runs]
        return sum_contrasts([msgspec.convert(contrast, Contrast) for contrast in by_run])


def grouped(runs: Mapping[Cell, RunOfStudy]) -> list[Group]:
    """The runs by task and LLM, in the order of the study."""
    cells_of: dict[tuple[str, str], list[Cell]] = {}
    for cell in runs:
        cells_of.setdefault((cell.task, cell.llm), []).append(cell)
    return [
        Group(
            task, llm, cells[0].plan(), tuple(cell.seed for cell in cells),
            tuple(runs[cell] for cell in cells),
        )
        for (task, llm), cells in cells_of.items()
    ]  # fmt: skip
