"""How many key words of each arm are scaffolding or function words, which no label depends on."""

from __future__ import annotations

from collections.abc import Collection

from amplify.contract.guard.visible import visible
from amplify.run.result import FinishedRun


def uninformative_word_lines(run: FinishedRun, arms: Collection[str]) -> list[str]:
    """A line for each of these arms that has such key words."""
    lines = []
    for arm in run.record["arms"]:
        counts = arm["key_words"]
        if arm["name"] in arms and counts and counts["scaffold"] + counts["function"]:
            words, scaffold, function = counts["words"], counts["scaffold"], counts["function"]
            share = (scaffold + function) / words
            lines.append(
                f"key words of {visible(arm['name'])}: {scaffold} of {words} are the task's"
                f" scaffolding, {function} more are function words ({share:.0%} cannot tell labels"
                " apart)"
            )
    return lines
