"""The figures of two paired runs as rows of tables, and as JSON-able data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from amplify.contract.grammar import counted
from amplify.loop.compare.metrics import NAMES
from amplify.loop.compare.words import could_show, figures
from amplify.report.page.tables import p_cell, points, share
from amplify.run.paired.changes import Change
from amplify.run.paired.pair import AnswerChange, PairedArm, PairedRuns, counts

ARM_HEADS = (*("arm", "first", "second", "points", "95% interval", "Holm p", "fixed", "broken"),)
SETTING_HEADS = ("key", "first run", "second run")
LONGEST_VALUE = 200
"""The most characters of a value of a plan that a table shows."""


def paired_arm_rows(paired: PairedRuns) -> list[list[str]]:
    """A row of `ARM_HEADS` for each arm that both runs have."""
    return [_arm_row(arm) for arm in paired.arms]


def _arm_row(arm: PairedArm) -> list[str]:
    kinds, compared = counts(arm), arm.comparison
    figures = (
        ["–"] * 3
        if compared is None
        else [
            f"{100 * compared.difference:+.1f}",
            points(compared.interval),
            p_cell(compared.adjusted),
        ]
    )
    answers = [f"{kinds['fixed']:,}", f"{kinds['broken']:,}"]
    return [arm.name, share(arm.first), share(arm.second), *figures, *answers]


def setting_rows(paired: PairedRuns) -> list[list[str]]:
    """A row of `SETTING_HEADS` for each key of the plans that differs."""
    return [setting_cells(each) for each in paired.settings]


def setting_cells(change: Change) -> list[str]:
    """The cells of a key that differs; its values as a plan writes them, but for quotes."""
    return [change.key, _value(change.first), _value(change.second)]


def _value(value: Any) -> str:
    composed = isinstance(value, bool | list | dict)
    text = json.dumps(value, ensure_ascii=False, default=str) if composed else str(value)
    if value is None:
        return "–"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def summary(paired: PairedRuns) -> Iterator[str]:
    """What the comparison shows of the focus, what it is of, and what it leaves out."""
    yield _conclusion(paired.focus)
    compared = paired.focus.comparison
    if compared is not None and compared.metric != "accuracy":
        metric = NAMES[compared.metric]
        yield f"first, second: accuracy; points, interval and p-value: {metric}"
    yield (
        f"{counted(paired.items, 'item')} that both runs answered; fixed: only the second run is"
        " right,"
        " broken: only the first is"
    )
    if paired.only_first or paired.only_second:
        yield (
            f"left out: {counted(paired.only_first, 'item')} of the first run and"
            f" {paired.only_second:,} of"
            " the second that the other run did not answer"
        )
    unpaired = [arm.name for arm in paired.arms if not arm.pairs]
    if unpaired:
        yield f"no draw of the same number in both runs, so not compared: {', '.join(unpaired)}"
    for which, names in (("first", paired.arms_of_first), ("second", paired.arms_of_second)):
        if names:
            yield f"arms of the {which} run alone: {', '.join(names)}"
    if any(None in (each.first, each.second) for each in paired.settings):
        yield "–: that run does not say it; in a plan the default holds"
    if not paired.settings:
        apart = "but for these arms " if paired.arms_of_first or paired.arms_of_second else ""
        yield f"{apart}the plans, the LLMs and the versions are the same"


def _conclusion(arm: PairedArm) -> str:
    """What the comparison shows of an arm, in a sentence."""
    compared = arm.comparison
    if compared is None:
        return f"{arm.name} is not compared"
    if not compared.fixed and not compared.broken:
        return f"{arm.name}: the same answers are right in both runs"
    shown = {
        1: "better in the second run",
        -1: "worse in the second run",
        0: f"no evidence of a change ({could_show(compared)})",
    }[compared.shown]
    return f"{arm.name}: {figures(compared)}: {shown}"


def paired_table(paired: PairedRuns) -> dict[str, Any]:
    """The comparison of two runs as JSON-able data."""
    return {
        "first": str(paired.first.folder),
        "second": str(paired.second.folder),
        "items": paired.items,
        "only_first": paired.only_first,
        "only_second": paired.only_second,
        "arms_of_first": list(paired.arms_of_first),
        "arms_of_second": list(paired.arms_of_second),
        "settings": [_setting(each) for each in paired.settings],
        "arms": [
            {
                "name": arm.name,
                "pairs": arm.pairs,
                "first": arm.first,
                "second": arm.second,
                "comparison": None if arm.comparison is None else asdict(arm.comparison),
                "prompts": asdict(arm.prompts),
                "answers": [_answer(each) for each in arm.answers],
            }
            for arm in paired.arms
        ],
    }


def _setting(change: Change) -> dict[str, Any]:
    return {"key": change.key, "first": _plain(change.first), "second": _plain(change.second)}


def _plain(value: Any) -> Any:
    """A value of a TOML file as JSON has it: dates become text."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _answer(change: AnswerChange) -> dict[str, Any]:
    first, second = change.first, change.second
    return {
        "item": first.item,
        "draw": first.draw,
        "label": first.label,
        "kind": change.kind,
        "first": first.answer,
        "second": second.answer,
        "first_reply": first.reply,
        "second_reply": second.reply,
    }
