"""The tables of a run's page, from its record: arms, comparisons, faithfulness, confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from amplify.loop.data.classes import unbalanced
from amplify.report.best_draw import best_name
from amplify.report.page.html import svg
from amplify.report.plots.difference import difference_svg, widest

Cell = str | Markup


@dataclass(frozen=True)
class PageTable:
    """A table: names of columns, rows, and how many columns at the left hold words."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: int = 1


def share(value: float | None) -> str:
    """A share in percent, or a dash."""
    return "–" if value is None else f"{value:.1%}"


def bounds(interval: Sequence[float] | None) -> str:
    """An interval of shares in percent, or a dash."""
    return "–" if interval is None else f"{100 * interval[0]:.1f}–{100 * interval[1]:.1f}%"


def points(interval: Sequence[float] | None) -> str:
    """An interval of differences in points, or a dash."""
    return "–" if interval is None else f"{100 * interval[0]:+.1f} to {100 * interval[1]:+.1f}"


def p_cell(value: float | None) -> str:
    """A p-value; one that four places show as 0 is below 0.0001."""
    if value is None:
        return "–"
    return "<0.0001" if value < 0.0001 else f"{value:.2g}"


def arms_table(record: Mapping[str, Any]) -> PageTable:
    """What each arm got right, and what became of its calls; a column of zeros is left out."""
    arms = record["arms"]
    macro = unbalanced(record.get("data", {}).get("classes", {}).get("test", {}))
    names = ("unparsed", "refused", "abstained", "errors", "prepared")
    counted = [name for name in names if any(arm.get(name) for arm in arms)]
    shown = {"unparsed": "unread", "errors": "failed", "prepared": "not answered"}
    heads = ["arm", "right", "accuracy", "95% interval", *(["macro-F1"] if macro else []), "draws"]
    rows = []
    for arm in arms:
        metrics = arm.get("metrics")
        f1 = [share(metrics["macro_f1"]["value"]) if metrics else "–"] if macro else []
        right = f"{arm['correct']:,}/{arm['answers']:,}" if arm["answers"] else "not answered"
        figures = [right, share(arm["accuracy"]), bounds(arm["interval"]), *f1]
        draws = str(len(arm["draws"]) or 1)
        counts = [f"{arm.get(name, 0):,}" for name in counted]
        rows.append([arm["name"], *figures, draws, *counts, _tokens(arm["tokens"])])
    return PageTable([*heads, *(shown.get(name, name) for name in counted), "tokens"], rows)


def _tokens(tokens: Mapping[str, int | None] | None) -> str:
    if tokens is None or tokens.get("input") is None:
        return "unknown"
    at_least = "≥ " if tokens.get("untold") else ""
    return f"{at_least}{(tokens['input'] or 0) + (tokens.get('output') or 0):,}"


def plotted_comparisons(
    record: Mapping[str, Any], comparisons: Sequence[Mapping[str, Any]]
) -> PageTable:
    """Comparisons, each with its interval as a plot."""
    draws = {arm["name"]: len(arm["draws"]) for arm in record["arms"]}
    end = widest(comparisons)
    heads = ["comparison", "points", "", "95% interval", "p", "p after Holm", "fixed", "broken"]
    rows: list[list[Cell]] = []
    for each in comparisons:
        pair = [
            best_name(name, draws.get(name, 1)) if draw else name
            for name, draw in (
                (each["arm"], each.get("arm_draw")),
                (each["baseline"], each.get("baseline_draw")),
            )
        ]
        rows.append(
            [
                f"{pair[0]} against {pair[1]}",
                f"{100 * each['difference']:+.1f}",
                svg(difference_svg(each, end)),
                points(each["interval"]),
                p_cell(each["p_value"]),
                p_cell(each["adjusted"]),
                f"{each['fixed']:,}",
                f"{each['broken']:,}",
            ]
        )
    return PageTable(heads, rows)


def faithfulness_table(record: Mapping[str, Any]) -> PageTable | None:
    """How far the proxy depends on each arm's key words; None where nothing was measured."""
    heads = ["arm", "comprehensiveness", "of random words", "sufficiency", "of random words"]
    keys = ("comprehensiveness", "random_comprehensiveness", "sufficiency", "random_sufficiency")
    rows = [
        [
            arm["name"],
            *(f"{measured[key]:.2f}" for key in keys),
            f"{measured['better']} of {measured['measured']}",
            p_cell(measured["p_value"]),
        ]
        for arm in record["arms"]
        if (measured := arm.get("faithfulness")) is not None
    ]
    return PageTable([*heads, "beat random words", "p"], rows) if rows else None


def confidence_table(record: Mapping[str, Any]) -> PageTable:
    """How well the labels' probabilities fit the answers."""
    rows = [
        [
            arm["name"],
            f"{known['brier']:.3f}",
            f"{100 * known['calibration_error']:.1f}",
            *(share(_surest(known["coverage"], part)) for part in (0.25, 0.5, 0.8, 1.0)),
        ]
        for arm in record["arms"]
        if (known := arm.get("confidence")) is not None
    ]
    surest = [f"right of the surest {part}%" for part in (25, 50, 80)]
    return PageTable(["arm", "Brier", "ECE, points", *surest, "right of all"], rows)


def _surest(coverage: Sequence[Mapping[str, float]], part: float) -> float | None:
    """What is right of the surest answers that are at least this part of all."""
    reached = (p["accuracy"] for p in coverage if p["coverage"] >= part - 1e-9)
    return next(reached, coverage[-1]["accuracy"] if coverage else None)
