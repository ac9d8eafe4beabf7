"""The rows of a study's tables."""

from __future__ import annotations

from typing import Any

from amplify.report.study.rows import accuracies


def arm(name: str, *right: int) -> dict[str, Any]:
    draws = [{"correct": count, "items": 10} for count in right]
    share = sum(right) / (10 * len(right))
    return {"arm": name, "same": [], "accuracy": share, "interval": None, "draws": draws}


def test_the_spread_of_draws_names_the_task_that_it_is_of() -> None:
    arms = [arm("zero-shot", 5), arm("amplify", 6, 8)]
    results = [{"task": task, "llm": "small", "arms": arms} for task in ("snarks", "coins")]
    ((llm, heads, body),) = accuracies({"results": results})
    assert (llm, heads) == ("small", ["task", "zero-shot", "amplify"])
    assert body == [
        ["snarks", "50.0", "70.0"],
        ["snarks: sd, range, draws", "–", "14.1, 60.0–80.0, 2"],
        ["coins", "50.0", "70.0"],
        ["coins: sd, range, draws", "–", "14.1, 60.0–80.0, 2"],
    ]
