"""Faithfulness in words: of one explanation, and of all explanations of an arm."""

from __future__ import annotations

from collections.abc import Mapping

from amplify.contract.guard.visible import visible
from amplify.contract.template import Faithfulness
from amplify.loop.audit.faithfulness import Report


def measures(measured: Faithfulness) -> str:
    """One explanation's comprehensiveness and sufficiency, beside those of random words."""
    comp, random_comp = measured.comprehensiveness, measured.random_comprehensiveness
    suff, random_suff = measured.sufficiency, measured.random_sufficiency
    return (
        f"comp {_short(comp)} (random {_short(random_comp)}),"
        f" suff {_short(suff)} (random {_short(random_suff)})"
    )


def faithfulness_lines(reports: Mapping[str, Report]) -> list[str]:
    """A line for each arm whose explanations were measured; `reports` are by its name."""
    return [sentence(arm, summary) for arm, summary in reports.items()]


def sentence(arm: str, summary: Report) -> str:
    """An arm's faithfulness, and whether it is better than that of random words."""
    return (
        f"faithfulness of {visible(arm)}: comprehensiveness {_short(summary.comprehensiveness)}"
        f" (random words {_short(summary.random_comprehensiveness)}), sufficiency"
        f" {_short(summary.sufficiency)} ({_short(summary.random_sufficiency)});"
        f" {summary.better} of {summary.measured} explanations beat random words:"
        f" {conclusion(summary)}"
    )


def conclusion(summary: Report, random: str = "random words") -> str:
    """Whether explanations are better than what the text `random` names."""
    p = f"p = {summary.p_value:.2g}"
    if summary.shown:
        return f"better than {random} ({p})"
    if 2 * summary.better <= summary.measured:
        return f"NO BETTER than {random}"
    return f"not shown to be better than {random} ({p})"


def _short(value: float) -> str:
    """A number with two decimals and no leading zero: `.41`, `-.07`, `1.00`."""
    text = f"{value:.2f}".replace("-0.00", "0.00")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
