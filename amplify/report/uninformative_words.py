"""The key words of a run that cannot tell labels apart."""

from __future__ import annotations

from amplify.contract.guard.visible import visible
from amplify.run.execute import Run


def empty_word_lines(run: Run) -> list[str]:
    """A line for each arm that shows key words which are scaffolding or function words."""
    lines = []
    for arm in run.record["arms"]:
        found = arm["key_words"]
        if found and found["scaffold"] + found["function"]:
            share = (found["scaffold"] + found["function"]) / found["words"]
            lines.append(
                f"key words of {visible(arm['name'])}: {found['scaffold']} of {found['words']} are"
                f" the task's scaffolding, {found['function']} more are function words ({share:.0%}"
                " cannot tell labels apart)"
            )
    return lines
