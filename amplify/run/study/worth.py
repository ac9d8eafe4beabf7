"""Gathers what the demonstrations of a study's prompts are worth, a row for each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from amplify.loop.worth.prompt_worth import PartsWorth, PromptWorth, Pruned
from amplify.run.study.grid import Cell
from amplify.run.study.run_of_study import RunOfStudy


def worth_rows(finished: Mapping[Cell, RunOfStudy]) -> Iterator[dict[str, Any]]:
    """What each run that measured it says of the demonstrations of its prompt, in short.

    `helping` and `hurting` are the places of those that are shown to help and to hurt; the run's
    own record has the values.
    """
    for cell, run in finished.items():
        if "worth" not in run.record:
            continue
        worth = msgspec.convert(run.record["worth"], PromptWorth)
        yield {
            "task": cell.task,
            "llm": cell.llm,
            "seed": cell.seed,
            "arm": worth.arm,
            "draw": worth.draw,
            "items": worth.items,
            "correct": worth.correct,
            "bare": worth.bare,
            "demonstrations": _shown(worth.demonstrations),
            "rationales": None if worth.rationales is None else _shown(worth.rationales),
            "pruned": None if worth.pruned is None else _pruned(worth.pruned),
            "whole": worth.whole,
        }


def _shown(parts: PartsWorth) -> dict[str, Any]:
    helping = [part.shot for part in parts.parts if part.worth is not None and part.worth.helps]
    return {"parts": len(parts.parts), "helping": helping, "hurting": parts.hurting}


def _pruned(pruned: Pruned) -> dict[str, Any]:
    """What the pruned prompt gets right of the test items, and its gain over the whole prompt."""
    score, comparison = pruned.score, pruned.comparison
    return {
        "dropped": list(pruned.dropped),
        "plain": list(pruned.plain),
        "answers": score.answers,
        "correct": score.correct,
        "difference": None if comparison is None else comparison.difference,
        "interval": None if comparison is None else comparison.interval,
    }
