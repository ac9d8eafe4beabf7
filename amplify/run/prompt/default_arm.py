"""Which arm's prompt is taken of a run where nobody names one, and what is said of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from amplify.contract.guard.visible import shell_option


def default_arm(verdict: Mapping[str, Any]) -> str:
    """The focus of a record's verdict, but its baseline where the focus was shown to do worse."""
    lost = verdict.get("outcome") == "loss" and verdict.get("baseline")
    name: str = verdict["baseline"] if lost else verdict["focus"]
    return name


def loss_words(verdict: Mapping[str, Any]) -> str | None:
    """That the baseline's prompt is taken in place of that of the focus; None where it is not."""
    focus, taken = verdict["focus"], default_arm(verdict)
    if taken == focus:
        return None
    return (
        f"the run shows that {focus} does worse than {taken}: the prompt of {taken} is taken;"
        f" {shell_option('--arm', focus)} takes that of {focus}"
    )


def better_arms(
    scores: Collection[Mapping[str, Any]], taken: str, names: Collection[str]
) -> list[str]:
    """Which of the arms in `names` have a higher accuracy than that which is taken, best first.

    `scores` are the arms of a record. Only arms that answered as many items are compared.
    """
    by_name = {score["name"]: score for score in scores if score["name"] in names}
    own = by_name.get(taken, {})
    if own.get("accuracy") is None:
        return []
    better = [
        score
        for score in by_name.values()
        if score.get("items") == own.get("items") and (score.get("accuracy") or 0) > own["accuracy"]
    ]
    better.sort(key=lambda score: -score["accuracy"])
    return [score["name"] for score in better]


def better_words(scores: Collection[Mapping[str, Any]], taken: str, better: str) -> str:
    """That another arm than the one that is taken had more of the test items right."""
    shares = {score["name"]: score.get("accuracy") for score in scores}
    return (
        f"{taken} has {shares[taken]:.1%} of the test items right, {better} {shares[better]:.1%};"
        f" {shell_option('--arm', better)} takes the prompt of {better}"
    )
