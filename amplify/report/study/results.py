"""The results of a study as sections: an overview, then the arms of each task and LLM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from amplify.contract.grammar import counted
from amplify.loop.answer.repeats import Stability, stability_words
from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.metrics import NAMES
from amplify.loop.data.classes import unbalanced
from amplify.report.levels import LEVELS
from amplify.report.study.rows import (
    Spread,
    figure_words,
    focus_comparison,
    in_percent,
    label,
    published,
)
from amplify.report.study.section import Section, percentage, signed
from amplify.report.verdict_table import told_by_tables

ARM_HEADS = [
    *("arm", "right", "%", "95% interval", "draws", "sd", "range", "macro-F1"),
    *("unread", "failed"),
]


def overview(record: Mapping[str, Any]) -> Section:
    """The focus against its baseline on every task and LLM, and the arm with most right answers."""
    body = []
    heads = ["task, LLM"]
    for result in record["results"]:
        verdict = result["verdict"]
        focus, baseline = verdict["focus"], verdict["baseline"]
        arms = {arm["arm"]: arm for arm in result["arms"]}
        accuracies = [arms.get(name, {}).get("accuracy") for name in (focus, baseline)]
        compared = focus_comparison(result, baseline) if baseline else None
        best = highest(result)
        heads = ["task, LLM", focus, str(baseline), "gain", "95% interval", "p", "highest"]
        body.append(
            [
                f"{result['task']}, {result['llm']}",
                *(percentage(in_percent(accuracy)) for accuracy in accuracies),
                *_gain_cells(compared),
                "–" if best is None else label(best),
            ]
        )
    lines = ["accuracy in %; gain: of the first arm over the second, in points; p: after Holm"]
    return Section("Overview", lines, heads, body if len(body) > 1 else [])


def highest(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The arm with the highest accuracy; None where none was answered."""
    answered = [arm for arm in result["arms"] if arm["accuracy"] is not None]
    best: Mapping[str, Any] | None = max(answered, key=lambda a: a["accuracy"], default=None)
    return best


def result_sections(record: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[Section]:
    """The arms of one task and one LLM, and what the focus gains over each of them."""
    title = f"{result['task']}, {result['llm']}"
    sentences = _verdict_lines(result)
    told = _told(result)
    lines = [sentences[0], *(line for line in sentences[1:] if line not in told)]
    details = [line for line in sentences[1:] if line in told]
    lines += _arm_lines(record, result)
    yield Section(title, lines, ARM_HEADS, _arm_rows(result), details, result["notes"])
    yield _gains(result, title)


def _verdict_lines(result: Mapping[str, Any]) -> list[str]:
    """The sentences of the verdict, and whether the gain that was asked for is shown."""
    demand = result["verdict"]["demand"]
    lines = list(result["verdict"]["sentences"])
    if demand is not None:
        outcome = "shown" if demand["shown"] else "not shown"
        lines.append(f"the gain that was asked for is {outcome}: {demand['why']}")
    return lines


def _told(result: Mapping[str, Any]) -> set[str]:
    """The sentences that repeat the tables."""
    verdict, prompts = result["verdict"], result["prompts"]
    fields = ("items", "correct", "accuracy", "interval", "unparsed", "errors", "prepared")
    scores = [
        {"name": arm["arm"], "draws": arm["draws"], **{key: arm[key] for key in fields}}
        for arm in result["arms"]
    ]
    return told_by_tables(
        msgspec.convert(result["comparisons"], list[Comparison]),
        None if prompts is None else msgspec.convert(prompts, Comparison),
        verdict["focus"],
        verdict["baseline"],
        {control["arm"]: control["tests"] for control in verdict["placebos"]},
        msgspec.convert(scores, list[ArmScore]),
    )


def _arm_lines(record: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    """The arm with the highest accuracy, published figures, and what answers are like."""
    best, count = highest(result), len(result["arms"])
    if best is not None and count > 2:
        yield (
            f"highest of {counted(count, 'arm')}: {label(best)},"
            f" {percentage(in_percent(best['accuracy']))}%; a"
            " highest of several is expected to be lower on new items"
        )
    for arm in result["arms"]:
        if figures := published(record, result["task"], arm):
            yield f"published, {arm['arm']}: {figures}"
    for arm in result["arms"]:
        if arm.get("abstained"):
            yield (
                f"{label(arm)} abstained on {arm['abstained']} of"
                f" {counted(arm['answers'], 'answer')}, which"
                f" count as not right; of the others {arm['correct']} are right"
            )
    measured = {name for arm in result["arms"] for name in (arm["arm"], *arm["same"])}
    for figure in record["figures"]:
        if figure["task"] == result["task"] and figure["arm"] not in measured:
            yield f"published, {figure['arm']} (not measured here): {figure_words(figure)}"
    for arm in result["arms"]:
        if "stability" in arm:
            yield stability_words(label(arm), Stability(**arm["stability"]), arm["accuracy"])
    if "reading" in result:
        yield result["reading"]


def _arm_rows(result: Mapping[str, Any]) -> list[list[str]]:
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
                percentage(in_percent(arm["accuracy"])),
                "–"
                if low is None
                else f"{percentage(in_percent(low))}–{percentage(in_percent(high))}",
                str(spread.draws) if several else "–",
                percentage(spread.deviation),
                f"{percentage(spread.lowest)}–{percentage(spread.highest)}" if several else "–",
                _macro_f1(arm),
                str(arm["unparsed"]),
                str(arm["errors"]),
            ]
        )
    return rows


def _macro_f1(arm: Mapping[str, Any]) -> str:
    """The macro-F1 of an arm in percent, where its classes are unbalanced; else a dash."""
    metrics = arm.get("metrics")
    if metrics is None or not unbalanced({c["label"]: c["support"] for c in metrics["classes"]}):
        return "–"
    return percentage(in_percent(metrics["macro_f1"]["value"]))


def _gains(result: Mapping[str, Any], title: str) -> Section:
    """What the focus gains over each other arm; without rows where it is compared with none."""
    compared = [(arm, focus_comparison(result, arm["arm"])) for arm in result["arms"]]
    rows = [(label(arm), comparison) for arm, comparison in compared if comparison is not None]
    levels = {comparison["level"] for _, comparison in rows}
    names = {str(metric): name for metric, name in NAMES.items()}
    of_metric = {c["metric"] for _, c in rows if c.get("metric", "accuracy") != "accuracy"}
    focus = result["verdict"]["focus"]
    heads = [f"{focus} against", " of ".join(["points", *(names[m] for m in of_metric)])]
    heads += ["95% interval", *sorted({f"Holm/{c['comparisons']}" for _, c in rows})[:1]]
    heads += ["fixed", "broken", *(["level"] if len(levels) > 1 else [])]
    body = [
        [
            *(name, *_gain_cells(comparison), str(comparison["fixed"]), str(comparison["broken"])),
            *([comparison["level"]] if len(levels) > 1 else []),
        ]
        for name, comparison in rows
    ]
    lines = [f"level {level}: {words}" for level, words in LEVELS.items() if level in levels]
    return Section(f"{title}: gains of {focus}", lines, heads, body)


def _gain_cells(compared: Mapping[str, Any] | None) -> tuple[str, str, str]:
    """The difference in points, its interval and the adjusted p-value of a comparison."""
    if compared is None:
        return "–", "–", "–"
    interval = compared["interval"]
    return (
        f"{100 * compared['difference']:+.1f}",
        "–" if interval is None else signed(interval),
        f"{compared['adjusted']:.2g}",
    )
