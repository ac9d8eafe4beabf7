"""Turn what the runs of a task and an LLM answered into rows and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.classifier import proxy_names, proxy_words, score_proxy
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.family import adjust
from amplify.loop.compare.pairs import comparison_pairs
from amplify.loop.compare.statistics import bootstrap, permutation
from amplify.run.study.grid import Family
from amplify.run.study.group import Group

BEST = ("best_draw", "best_of")
"""What a run records of the draw of an arm that it chose on the pool."""

FEWEST_TASKS = 3
"""With fewer tasks, a test with a task as the unit says nothing."""


def arm_row(group: Group, score: ArmScore, same: Sequence[str]) -> dict[str, Any]:
    """The counts and the accuracy of an arm over all seeds and draws: see `ArmScore`.

    `same` names the variants that are equal to this arm.
    """
    counts = [_arm_named(run.record["arms"], score.name) for run in group.runs]
    return {
        "arm": score.name,
        "same": list(same),
        "items": score.items,
        "answers": score.answers,
        "correct": score.correct,
        "accuracy": score.accuracy,
        "interval": score.interval,
        "draws": [asdict(draw) for draw in score.draws],
        **{
            key: sum(count[key] for count in counts)
            for key in ("unparsed", "refused", "errors", "prepared")
        },
        "abstained": score.abstained,
        "read": dict(score.read),
        **({} if score.stability is None else {"stability": asdict(score.stability)}),
        **({"confidence": asdict(score.confidence)} if score.confidence else {}),
        **({"metrics": asdict(score.metrics)} if score.metrics is not None else {}),
        **({key: counts[0].get(key) for key in BEST} if group.single is not None else {}),
        "tokens": _tokens(counts),
        "faithfulness": [count["faithfulness"] for count in counts],
    }


def compare_groups(family: Family, groups: Sequence[Group]) -> list[list[Comparison]]:
    """The comparisons of each group, their p-values adjusted over the family they belong to.

    `family` says which comparisons are adjusted together: see `StudySection.family`.
    """
    by_group = [_comparisons(group) for group in groups]
    families: dict[str, list[tuple[int, Comparison]]] = {}
    for index, comparisons in enumerate(by_group):
        for comparison in comparisons:
            name = "all comparisons of the study"
            if family == "task":
                name = f"{groups[index].task}, {groups[index].llm}"
            elif family == "arm":
                name = f"{comparison.arm} against {comparison.baseline} on every task"
            families.setdefault(name, []).append((index, comparison))
    adjusted: list[list[Comparison]] = [[] for _ in groups]
    for name, members in families.items():
        comparisons = adjust(name, [comparison for _, comparison in members])
        for (index, _), comparison in zip(members, comparisons, strict=True):
            adjusted[index].append(comparison)
    return adjusted


def _comparisons(group: Group) -> list[Comparison]:
    """The comparisons of a group's arms, over all its seeds, not adjusted yet.

    The last one is that with the best draw of the baseline, where a single run has chosen one.
    """
    answers = {arm.name: group.predictions(arm.name) for arm in group.plan.arms}
    answered = [name for name, by_draw in answers.items() if by_draw]
    plan = group.plan
    pairs = comparison_pairs(answered, plan.focus, plan.baseline, group.contrast())
    comparisons = (
        compare(
            arm,
            base,
            answers[arm],
            answers[base],
            group.seeds[0],
            group.draws_none,
            metric=plan.verdict.metric,
            labels=group.classes,
        )
        for arm, base in pairs
    )
    of_means = [comparison for comparison in comparisons if comparison is not None]
    return [*of_means, *group.with_best_draw()]


def proxy_sentences(group: Group) -> list[str]:
    """How each proxy does on the test items beside the arms, over all seeds: a sentence each."""
    arms = {arm.name: group.predictions(arm.name) for arm in group.plan.arms}
    seed, metric = group.seeds[0], group.plan.verdict.metric
    scored = (
        score_proxy(name, by_seed, arms, seed, group.draws_none, group.classes, metric)
        for name, by_seed in group.by_proxy().items()
    )
    return [*filter(None, map(proxy_words, scored))]


def over_tasks(
    groups: Sequence[Group], by_group: Sequence[Sequence[Comparison]]
) -> list[dict[str, Any]]:
    """For each LLM, the focus against every other arm with a task as the unit.

    `by_group` holds the comparisons of each group. `difference` is the mean over tasks, `p_value`
    of a sign-flip test over tasks, exact for up to 13 of them, `interval` the 95% bootstrap over
    tasks. Each task has demonstrations and items of its own, so that both speak of new tasks like
    these, with new draws; `draws` is the fewest draws of a task. With fewer than three tasks there
    is no row.
    """
    of_tasks: dict[tuple[str, str, str], list[Comparison]] = {}
    for group, comparisons in zip(groups, by_group, strict=True):
        for comparison in comparisons:
            if comparison.arm == group.plan.focus and not comparison.baseline_draw:
                key = (group.llm, comparison.arm, comparison.baseline)
                of_tasks.setdefault(key, []).append(comparison)
    rows = []
    for (llm, arm, baseline), compared in of_tasks.items():
        if len(compared) < FEWEST_TASKS:
            continue
        differences = [comparison.difference for comparison in compared]
        resampled = bootstrap(differences, 0)
        rows.append(
            {
                "llm": llm,
                "arm": arm,
                "baseline": baseline,
                "tasks": len(differences),
                "draws": min(max(1, len(comparison.by_draw)) for comparison in compared),
                "above": sum(difference > 0 for difference in differences),
                "difference": fmean(differences),
                "interval": resampled[0] if resampled else None,
                "p_value": permutation(differences, [0.0] * len(differences), 0),
            }
        )
    return rows


def proxy_rows(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """How good each proxy is on pool items that it never saw: means over seeds."""
    rows = []
    for group in groups:
        reports: dict[str, list[dict[str, Any]]] = {}
        for run in group.runs:
            of_run = run.record["proxies"]
            for name, report in zip(proxy_names([r["name"] for r in of_run]), of_run, strict=True):
                reports.setdefault(name.removeprefix("proxy "), []).append(report)
        for name, same in reports.items():
            agreement = [r["agreement"] for r in same if r["agreement"] is not None]
            rows.append(
                {
                    "task": group.task,
                    "llm": group.llm,
                    "proxy": name,
                    "items": same[0]["items"],
                    "accuracy": fmean(report["accuracy"] for report in same),
                    "majority": fmean(report["majority"] for report in same),
                    "agreement": fmean(agreement) if agreement else None,
                    "test_accuracy": _test_accuracy(same),
                }
            )
    return rows


def _test_accuracy(reports: Sequence[dict[str, Any]]) -> float | None:
    """The mean accuracy of a proxy on the test items; None where a run did not measure it."""
    measured = [report["test"]["accuracy"] for report in reports if "test" in report]
    return fmean(measured) if len(measured) == len(reports) else None


def _arm_named(arms: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(arm for arm in arms if arm["name"] == name)


def _tokens(counts: Sequence[dict[str, Any]]) -> dict[str, int | None]:
    totals = {key: _total(counts, key) for key in ("input", "output", "cached")}
    untold = _total(counts, "untold")
    return {**totals, "untold": untold} if untold else totals


def _total(counts: Sequence[dict[str, Any]], key: str) -> int | None:
    known = [value for count in counts if (value := (count["tokens"] or {}).get(key)) is not None]
    return sum(known) if known else None
