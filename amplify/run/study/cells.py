"""The cells of a study's tables: accuracies of tasks by arms, and the long table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

HEADS = (
    "task", "llm", "arm", "seeds", "items", "right", "answers", "accuracy", "low", "high",
    "lowest seed", "highest seed", "unparsed", "refused", "failed", "unanswered", "points",
    "points low", "points high", "p", "adjusted p", "published",
)  # fmt: skip
"""The columns of the long table: accuracies in percent; `points` is the focus less this arm."""


def rows(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The long table: a row for each task, LLM and arm, by `HEADS`; None where there is none."""
    for result in record["results"]:
        for arm in result["arms"]:
            yield {
                "task": result["task"],
                "llm": result["llm"],
                "arm": label(arm),
                **_counts(arm),
                **_against(result, arm["arm"]),
                "published": published(record, result["task"], arm),
            }


def label(arm: Mapping[str, Any]) -> str:
    """An arm's name, with the variants that it is equal to."""
    values = [name.removeprefix(f"{arm['arm']} ") for name in arm["same"]]
    return f"{arm['arm']} ({'; '.join(values)})" if values else str(arm["arm"])


def published(record: Mapping[str, Any], task: str, arm: Mapping[str, Any]) -> str:
    """The published figures of an arm (or of a variant that it is) on a task."""
    names = (arm["arm"], *arm["same"])
    return "; ".join(
        figure_words(figure)
        for figure in record["figures"]
        if figure["task"] == task and figure["arm"] in names
    )


def figure_words(figure: Mapping[str, Any]) -> str:
    """A published figure with its LLM, its tag and its note."""
    more = ", ".join(part for part in (figure["llm"], figure["tag"]) if part)
    note = f": {figure['note']}" if figure["note"] else ""
    return f"{figure['accuracy']:.1f} ({more}{note})"


def accuracies(record: Mapping[str, Any]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each LLM a table of tasks by arms: accuracy with its interval, in percent."""
    for llm in dict.fromkeys(result["llm"] for result in record["results"]):
        results = [result for result in record["results"] if result["llm"] == llm]
        arms = {arm["arm"]: label(arm) for result in results for arm in result["arms"]}
        body = []
        for result in results:
            by_name = {arm["arm"]: arm for arm in result["arms"]}
            body.append([result["task"], *(_cell(by_name.get(name)) for name in arms)])
        yield llm, ["task", *arms.values()], body


def _cell(arm: Mapping[str, Any] | None) -> str:
    if arm is None or arm["accuracy"] is None:
        return "–" if arm is None else "not answered"
    told = f"{100 * arm['accuracy']:.1f}"
    if arm["interval"] is not None:
        low, high = arm["interval"]
        told += f" ({100 * low:.1f}–{100 * high:.1f})"
    return told


def _counts(arm: Mapping[str, Any]) -> dict[str, Any]:
    low, high = arm["interval"] or (None, None)
    seeds = arm["by_seed"].values()
    return {
        "seeds": len(seeds),
        "items": arm["items"],
        "right": arm["correct"],
        "answers": arm["answers"],
        "accuracy": percent(arm["accuracy"]),
        "low": percent(low),
        "high": percent(high),
        "lowest seed": percent(min(seeds, default=None)),
        "highest seed": percent(max(seeds, default=None)),
        "unparsed": arm["unparsed"],
        "refused": arm["refused"],
        "failed": arm["errors"],
        "unanswered": arm["prepared"],
    }


def _against(result: Mapping[str, Any], arm: str) -> dict[str, Any]:
    """The comparison of the focus with the arm, or of the arm with a base."""
    for one in result["comparisons"]:
        if one["arm"] == result["verdict"]["focus"] and one["baseline"] == arm:
            low, high = one["interval"] or (None, None)
            return {
                "points": percent(one["difference"]),
                "points low": percent(low),
                "points high": percent(high),
                "p": one["p_value"],
                "adjusted p": one["adjusted"],
            }
    return dict.fromkeys(("points", "points low", "points high", "p", "adjusted p"))


def percent(share: float | None) -> float | None:
    """A share in percent."""
    return None if share is None else 100 * share
