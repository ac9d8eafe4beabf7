"""The rows of a study's tables: the long table, and accuracies of tasks by arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import stdev
from typing import Any

HOWS = ("stated", "opened", "mentioned", "forced")
OVER_LABELS = ("macro-F1", "macro-F1 low", "macro-F1 high", "balanced accuracy", "MCC")
HEADS = (
    "task", "llm", "arm", "draws", "items", "right", "answers", "accuracy", "low", "high",
    "sd of draws", "lowest draw", "highest draw", "unparsed", "refused", "failed", "unanswered",
    "points", "points low", "points high", "p", "adjusted p", "level", "published", "abstained",
    *HOWS, *OVER_LABELS, "repeats", "flipped", "compared by",
)  # fmt: skip
"""The columns of the long table. All metrics but MCC are in percent; `points` is what
the focus has more than this arm of the metric that they are `compared by`, as a rule accuracy, and
`level` says what that compares: two prompts, or two methods."""


@dataclass(frozen=True)
class Spread:
    """How the accuracies of an arm's draws differ; a single draw has no spread.

    `deviation` is their standard deviation, `lowest` and `highest` their range, all in percent.
    """

    draws: int
    deviation: float | None = None
    lowest: float | None = None
    highest: float | None = None

    @classmethod
    def of(cls, arm: Mapping[str, Any]) -> Spread:
        """The spread of an arm, which is a row of the record's `results`."""
        accuracies = [100 * draw["correct"] / draw["items"] for draw in arm["draws"]]
        if len(accuracies) < 2:
            return cls(1)
        return cls(len(accuracies), stdev(accuracies), min(accuracies), max(accuracies))


def rows(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The long table: a row for each task, LLM and arm, by `HEADS`; None for what is not known."""
    for result in record["results"]:
        for arm in result["arms"]:
            yield {
                "task": result["task"],
                "llm": result["llm"],
                "arm": label(arm),
                **_counts(arm),
                **_focus_gain(result, arm["arm"]),
                "published": published(record, result["task"], arm),
                "abstained": arm.get("abstained", 0),
                **{how: arm.get("read", {}).get(how, 0) for how in HOWS},
                **_metrics(arm),
                "repeats": arm.get("stability", {}).get("repeats", 1),
                "flipped": arm.get("stability", {}).get("flipped", 0),
                "compared by": (focus_comparison(result, arm["arm"]) or {}).get("metric"),
            }


def label(arm: Mapping[str, Any]) -> str:
    """An arm's name, with the variants that it is equal to."""
    values = [name.removeprefix(f"{arm['arm']} ") for name in arm["same"]]
    return f"{arm['arm']} ({'; '.join(values)})" if values else str(arm["arm"])


def published(record: Mapping[str, Any], task: str, arm: Mapping[str, Any]) -> str:
    """The published figures of an arm, or of a variant that equals it, on a task."""
    names = (arm["arm"], *arm["same"])
    return "; ".join(
        figure_words(figure)
        for figure in record["figures"]
        if figure["task"] == task and figure["arm"] in names
    )


def figure_words(figure: Mapping[str, Any]) -> str:
    """A published figure with its LLM, its tag and its note."""
    source = ", ".join(part for part in (figure["llm"], figure["tag"]) if part)
    note = f": {figure['note']}" if figure["note"] else ""
    return f"{figure['accuracy']:.1f} ({source}{note})"


def accuracies(record: Mapping[str, Any]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each LLM a table of tasks by arms: accuracy with its interval, in percent.

    Where an arm has several draws, a second row of the task has the standard deviation over draws,
    their range and their number.
    """
    for llm in dict.fromkeys(result["llm"] for result in record["results"]):
        results = [result for result in record["results"] if result["llm"] == llm]
        arms = {arm["arm"]: label(arm) for result in results for arm in result["arms"]}
        body = []
        for result in results:
            by_name = {arm["arm"]: arm for arm in result["arms"]}
            body.append([result["task"], *(_cell(by_name.get(name)) for name in arms)])
            spreads = [_spread_cell(by_name.get(name)) for name in arms]
            if any(spreads):
                name = f"{result['task']}: sd, range, draws"
                body.append([name, *(spread or "–" for spread in spreads)])
        yield llm, ["task", *arms.values()], body


def _cell(arm: Mapping[str, Any] | None) -> str:
    if arm is None or arm["accuracy"] is None:
        return "–" if arm is None else "not answered"
    accuracy = f"{100 * arm['accuracy']:.1f}"
    if arm["interval"] is None:
        return accuracy
    low, high = arm["interval"]
    return f"{accuracy} ({100 * low:.1f}–{100 * high:.1f})"


def _spread_cell(arm: Mapping[str, Any] | None) -> str:
    """Standard deviation, range and number of an arm's draws; empty where it has no spread."""
    spread = Spread.of(arm) if arm is not None else Spread(1)
    if spread.draws < 2:
        return ""
    return f"{spread.deviation:.1f}, {spread.lowest:.1f}–{spread.highest:.1f}, {spread.draws}"


def _counts(arm: Mapping[str, Any]) -> dict[str, Any]:
    low, high = arm["interval"] or (None, None)
    spread = Spread.of(arm)
    return {
        "draws": spread.draws,
        "items": arm["items"],
        "right": arm["correct"],
        "answers": arm["answers"],
        "accuracy": in_percent(arm["accuracy"]),
        "low": in_percent(low),
        "high": in_percent(high),
        "sd of draws": spread.deviation,
        "lowest draw": spread.lowest,
        "highest draw": spread.highest,
        "unparsed": arm["unparsed"],
        "refused": arm["refused"],
        "failed": arm["errors"],
        "unanswered": arm["prepared"],
    }


def _metrics(arm: Mapping[str, Any]) -> dict[str, float | None]:
    """The columns of metrics over labels; None in each where an arm has none."""
    metrics = arm.get("metrics")
    if metrics is None:
        return dict.fromkeys(OVER_LABELS)
    low, high = metrics["macro_f1"]["interval"] or (None, None)
    return {
        "macro-F1": in_percent(metrics["macro_f1"]["value"]),
        "macro-F1 low": in_percent(low),
        "macro-F1 high": in_percent(high),
        "balanced accuracy": in_percent(metrics["balanced_accuracy"]["value"]),
        "MCC": metrics["mcc"]["value"],
    }


def _focus_gain(result: Mapping[str, Any], arm: str) -> dict[str, Any]:
    """The columns that compare the focus with the arm; None in each where they are not compared."""
    comparison = focus_comparison(result, arm)
    if comparison is None:
        return dict.fromkeys(("points", "points low", "points high", "p", "adjusted p", "level"))
    low, high = comparison["interval"] or (None, None)
    return {
        "points": in_percent(comparison["difference"]),
        "points low": in_percent(low),
        "points high": in_percent(high),
        "p": comparison["p_value"],
        "adjusted p": comparison["adjusted"],
        "level": comparison["level"],
    }


def focus_comparison(result: Mapping[str, Any], arm: str) -> Mapping[str, Any] | None:
    """The comparison of the focus with the arm in a row of the record's `results`, if any.

    It is that over all draws of the arm, not the one with its best draw.
    """
    focus = result["verdict"]["focus"]
    over_draws = [c for c in result["comparisons"] if not c["baseline_draw"]]
    pairs = ((c["arm"], c["baseline"], c) for c in over_draws)
    return next((c for name, base, c in pairs if (name, base) == (focus, arm)), None)


def in_percent(share: float | None) -> float | None:
    """A share in percent."""
    return None if share is None else 100 * share
