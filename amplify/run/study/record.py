"""Make the record of a study: a row for each task, LLM and arm, comparisons, verdicts, work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from amplify.loop.answer.reading_differences import reading_words
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.demand import Demand
from amplify.loop.compare.verdict import reach_verdict
from amplify.run.store.failure_reasons import merged
from amplify.run.study.choose import ChosenVariant
from amplify.run.study.grid import Cell, Study
from amplify.run.study.group import Group, grouped
from amplify.run.study.results import (
    arm_row,
    compare_groups,
    over_tasks,
    proxy_rows,
    proxy_sentences,
)
from amplify.run.study.run_of_study import RunOfStudy
from amplify.run.study.worth import worth_rows

SCHEMA = 1


def study_record(
    study: Study,
    finished: Mapping[Cell, RunOfStudy],
    chosen: Mapping[Cell, Sequence[ChosenVariant]],
    parts: Sequence[RunOfStudy],
    work: Mapping[str, Mapping[str, int]],
    lost: Mapping[str, str],
    stopped: str | None,
) -> dict[str, Any]:
    """The record as JSON-able data; nothing in it depends on the time or on the folder.

    `finished` holds the run of each cell, `chosen` the variants that were chosen for it, and
    `parts` the runs on parts of the pool that they were chosen by. `work` counts what all of it
    took, `lost` says why a run could not be made, `stopped` why no more was asked.

    `results` of the record hold, for each task and LLM, a row for each arm, and the verdict on the
    focus; `over_tasks` the same comparisons with a task as the unit. `worth` is in it where a run
    measured what the demonstrations of a prompt are worth.
    """
    groups = grouped(finished)
    by_group = compare_groups(study.section.family, groups)
    runs = (*finished.values(), *parts)
    worths = list(worth_rows(finished))
    failures = merged(reason for run in runs for reason in run.record.get("failures", ()))
    return {
        "schema": SCHEMA,
        "study": study.section.name,
        "title": study.section.title,
        "digest": study.digest,
        "seeds": list(study.section.seeds),
        "family": study.section.family,
        "results": [
            _result(study, group, comparisons)
            for group, comparisons in zip(groups, by_group, strict=True)
        ],
        "over_tasks": over_tasks(groups, by_group),
        "proxies": proxy_rows(groups),
        **({"worth": worths} if worths else {}),
        "choices": [
            {"task": cell.task, "llm": cell.llm, "seed": cell.seed, **asdict(choice)}
            for cell, choices in chosen.items()
            for choice in choices
        ],
        "figures": [asdict(figure) for figure in study.figures],
        "work": {name: dict(count) for name, count in work.items()},
        "failed": sum(run.failed for run in runs),
        **({"failures": failures} if failures else {}),
        "lost": dict(lost),
        "stopped": stopped,
        "versions": {k: v for run in finished.values() for k, v in run.record["versions"].items()},
    }


def _result(study: Study, group: Group, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    plan = group.plan
    scores = [group.score(arm.name) for arm in plan.arms]
    rows = [arm_row(group, score, study.same.get(score.name, ())) for score in scores]
    demand = Demand(plan.verdict.min_gain, plan.verdict.max_p)
    failed = sum(row["errors"] for row in rows)
    prompts = group.of_prompts()
    reading = reading_words(scores, plan.focus)
    verdict = reach_verdict(
        plan.focus,
        plan.baseline,
        plan.controls,
        comparisons,
        demand,
        failed,
        group.contrast(),
        scores,
        prompts,
    )
    sentences = (*verdict.sentences, *proxy_sentences(group))
    return {
        "task": group.task,
        "llm": group.llm,
        "provider": group.runs[0].record["provider"],
        "data": group.runs[0].record["data"],
        "arms": rows,
        "comparisons": [asdict(comparison) for comparison in comparisons],
        "prompts": None if prompts is None else asdict(prompts),
        "verdict": asdict(replace(verdict, sentences=sentences)),
        "notes": group.notes(),
        **({"reading": reading} if reading else {}),
    }
