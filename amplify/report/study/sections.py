"""The sections of a study's report, in words and small tables, in the order of every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from amplify.loop.answer.repeats import Stability, stability_words
from amplify.loop.compare.metrics import NAMES
from amplify.loop.data.classes import unbalanced
from amplify.report.levels import LEVELS
from amplify.report.study.rows import (
    Spread,
    figure_words,
    focus_comparison,
    label,
    percent,
    published,
)

Section = tuple[str, list[str], list[str], list[list[str]]]
"""A title, lines of text, and a table: the names of its columns (empty for no table) and rows."""

OVER_TASKS = (
    "about new tasks like these, each with demonstrations drawn for it: a task counts once, however"
    " many draws and items it has"
)


def sections(record: Mapping[str, Any]) -> Iterator[Section]:
    """The sections of a report, in order; those without content are left out."""
    for result in record["results"]:
        yield _result(record, result)
    for title, lines, heads, body in (_over_tasks(record), _proxies(record), _choices(record)):
        if body:
            yield title, lines, heads, body
    yield "Work", work_lines(record), [], []
    problems = [f"{name} could not be made: {why}" for name, why in record["lost"].items()]
    if record["stopped"]:
        problems.append(f"stopped: {record['stopped']}; what was not asked is not scored")
    if record["failed"]:
        problems.append(f"{record['failed']} calls failed: their items count as wrong")
    if problems:
        yield "Not done", problems, [], []


def work_lines(record: Mapping[str, Any]) -> list[str]:
    """How much work there was, and how much there would be if the arms shared none."""
    names = {
        "calls": "calls of LLMs",
        "fits": "fits of proxies",
        "explanations": "explanations of examples",
    }
    return [
        f"{count['distinct']:,} {names[kind]}; {count['alone']:,} were each arm alone"
        for kind, count in record["work"].items()
    ]


def arm_rows(result: Mapping[str, Any]) -> list[list[str]]:
    """A row of `ARM_HEADS` for each arm in `result`, which is of one task and one LLM."""
    rows = []
    for arm in result["arms"]:
        low, high = arm["interval"] or (None, None)
        spread = Spread.of(arm)
        several = spread.draws > 1
        rows.append(
            [
                label(arm),
                f"{arm['correct']}/{arm['answers']}" if arm["answers"] else "not answered",
                number(percent(arm["accuracy"])),
                "–" if low is None else f"{number(percent(low))}–{number(percent(high))}",
                str(spread.draws) if several else "–",
                number(spread.deviation),
                f"{number(spread.lowest)}–{number(spread.highest)}" if several else "–",
                _macro_f1(arm),
                *_focus_gain(result, arm["arm"]),
                str(arm["unparsed"]),
                str(arm["errors"]),
            ]
        )
    return rows


ARM_HEADS = [
    *("arm", "right", "%", "95% interval", "draws", "sd", "range", "macro-F1", "points", "p"),
    *("level", "unparsed", "failed"),
]


def _macro_f1(arm: Mapping[str, Any]) -> str:
    """The macro-F1 of an arm in percent, where its classes are unbalanced; else a dash."""
    metrics = arm.get("metrics")
    if metrics is None or not unbalanced({c["label"]: c["support"] for c in metrics["classes"]}):
        return "–"
    return number(percent(metrics["macro_f1"]["value"]))


def _focus_gain(result: Mapping[str, Any], arm: str) -> tuple[str, str, str]:
    """The accuracy of the focus less the arm's, in points, the adjusted p-value and the level."""
    comparison = focus_comparison(result, arm)
    if comparison is None:
        return "–", "–", "–"
    points, p_value = f"{100 * comparison['difference']:+.1f}", f"{comparison['adjusted']:.2g}"
    return points, p_value, comparison["level"]


def _result(record: Mapping[str, Any], result: Mapping[str, Any]) -> Section:
    lines = list(result["verdict"]["sentences"])
    if result["comparisons"]:
        size = result["comparisons"][0]["comparisons"]
        focus = result["verdict"]["focus"]
        metric = result["comparisons"][0].get("metric", "accuracy")
        of = "" if metric == "accuracy" else f" of {NAMES[metric]}"
        lines.append(f"points{of}: {focus} less that arm; p: after Holm over {size}")
        levels = {comparison["level"] for comparison in result["comparisons"]}
        lines += [f"level {level}: {words}" for level, words in LEVELS.items() if level in levels]
    demand = result["verdict"]["demand"]
    if demand is not None:
        outcome = "shown" if demand["shown"] else "not shown"
        lines.append(f"the gain that was asked for is {outcome}: {demand['why']}")
    for arm in result["arms"]:
        if figures := published(record, result["task"], arm):
            lines.append(f"published, {arm['arm']}: {figures}")
    lines += [
        f"{label(arm)} abstained on {arm['abstained']} of {arm['answers']} answers, which count as"
        f" not right; of the others {arm['correct']} are right"
        for arm in result["arms"]
        if arm.get("abstained")
    ]
    measured = {name for arm in result["arms"] for name in (arm["arm"], *arm["same"])}
    lines += [
        f"published, {figure['arm']} (not measured here): {figure_words(figure)}"
        for figure in record["figures"]
        if figure["task"] == result["task"] and figure["arm"] not in measured
    ]
    lines += [
        stability_words(label(arm), Stability(**arm["stability"]), arm["accuracy"])
        for arm in result["arms"]
        if "stability" in arm
    ]
    if "reading" in result:
        lines.append(result["reading"])
    lines += [f"note: {note}" for note in result["notes"]]
    title = f"{result['task']}, {result['llm']}"
    return title, lines, ARM_HEADS, arm_rows(result)


def _over_tasks(record: Mapping[str, Any]) -> Section:
    body = [
        [
            row["llm"],
            f"{row['arm']} against {row['baseline']}",
            f"{100 * row['difference']:+.1f}",
            "–" if row["interval"] is None else signed(row["interval"]),
            f"{row['above']} of {row['tasks']}",
            str(row["draws"]),
            f"{row['p_value']:.2g}",
        ]
        for row in record["over_tasks"]
    ]
    heads = [
        *("llm", "comparison", "points", "95% interval", "tasks above", "draws a task"),
        "p (sign flip)",
    ]
    return "Over tasks, a task as the unit", [OVER_TASKS], heads, body


def _proxies(record: Mapping[str, Any]) -> Section:
    body = [
        [
            *(row["task"], row["llm"], row["proxy"], str(row["items"])),
            *(number(percent(row[key])) for key in ("accuracy", "majority", "agreement")),
            number(percent(row.get("test_accuracy"))),
        ]
        for row in record["proxies"]
    ]
    heads = ["task", "llm", "proxy", "pool items", "right %", "majority %", "agrees with LLM %"]
    heads.append("right % of test")
    return "Proxies, on items that they never saw", [], heads, body


def _choices(record: Mapping[str, Any]) -> Section:
    body = [
        [row["task"], row["llm"], str(row["seed"]), row["variant"], ", ".join(_scores(row))]
        for row in record["choices"]
    ]
    heads = ["task", "llm", "seed", "chosen", "right on the pool"]
    return "Choices, made on held-out parts of the pool", [], heads, body


def _scores(choice: Mapping[str, Any]) -> Sequence[str]:
    arm = choice["arm"]
    return [
        f"{name.removeprefix(f'{arm} ')}: {right:g}/{choice['items']}"
        for name, right in choice["right"].items()
    ]


def signed(interval: Sequence[float]) -> str:
    """An interval of differences, in points."""
    low, high = interval
    return f"{100 * low:+.1f} to {100 * high:+.1f}"


def number(value: float | None) -> str:
    """A percentage, or a dash where there is none."""
    return "–" if value is None else f"{value:.1f}"
