"""Faithfulness in words: beside each explanation, and summed over an arm."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.attribution import Faithfulness
from amplify.contract.guard.visible import visible
from amplify.loop.audit.faithfulness import Report, report
from amplify.loop.prompt.arm import PreparedArm


def short(found: Faithfulness) -> str:
    """One explanation's measures beside those of random words."""
    return (
        f"comp {_cut(found.comprehensiveness)} (random {_cut(found.random_comprehensiveness)}),"
        f" suff {_cut(found.sufficiency)} (random {_cut(found.random_sufficiency)})"
    )


def faithfulness_lines(prepared: Sequence[PreparedArm]) -> list[str]:
    """A line for each arm whose explanations were measured."""
    found = ((arm.name, report(d.faithfulness for d in arm.demonstrations)) for arm in prepared)
    return [sentence(name, one) for name, one in found if one is not None]


def sentence(arm: str, found: Report) -> str:
    """An arm's faithfulness; says plainly where random words do as well."""
    p = f"p = {found.p_value:.2g}"
    if found.shown:
        verdict = f"better than random words ({p})"
    elif 2 * found.better <= found.measured:
        verdict = "NO BETTER than random words"
    else:
        verdict = f"not shown to be better than random words ({p})"
    return (
        f"faithfulness of {visible(arm)}: comprehensiveness {_cut(found.comprehensiveness)}"
        f" (random words {_cut(found.random_comprehensiveness)}), sufficiency"
        f" {_cut(found.sufficiency)} ({_cut(found.random_sufficiency)}); {found.better} of"
        f" {found.measured} explanations beat random words: {verdict}"
    )


def _cut(value: float) -> str:
    """Two places without the leading zero: `.41`, `-.07`, `1.00`."""
    text = f"{value:.2f}".replace("-0.00", "0.00")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
