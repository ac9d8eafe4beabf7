"""Refuses labels that a service which is asked for one of them could not tell apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from amplify.contract.data import Task
from amplify.contract.errors import PlanError
from amplify.contract.provider import Provider
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.plan.plan import Plan
from amplify.run.wiring.choices import RoleComponents
from amplify.run.wiring.compatibility import answer_mode


def check_told_apart(
    plan: Plan, choices: Sequence[RoleComponents], task: Task, provider: Provider
) -> None:
    """Refuse to ask a service for one of the labels where two differ in form alone.

    A model in this process ranks each label by its own tokens, and may have any.
    """
    asking = [choice for choice in choices if answer_mode(plan, choice) != "write"]
    if not asking or not is_remote(provider):
        return
    items = (*task.test, *task.pool)
    for labels in dict.fromkeys([task.labels, *(item.labels(task.labels) for item in items)]):
        pair = _alike(labels)
        if pair is not None:
            raise PlanError(
                f"the labels {pair[0]!a} and {pair[1]!a} differ by case, white space or"
                " Unicode form alone: a service that is asked for one of them cannot tell them",
                where=f"arm {asking[0].plan.name!r}",
                hint="rename one of them in the data, or make them one label (merge_labels = true"
                ' in [task]); or have the answer written: answer = "write"',
            )


def _alike(labels: Sequence[str]) -> tuple[str, str] | None:
    """Two labels of one form; None where there are none."""
    seen: dict[str, str] = {}
    for label in labels:
        words = unicodedata.normalize("NFKC", label).casefold().split()
        other = seen.setdefault(unicodedata.normalize("NFKC", " ".join(words)), label)
        if other != label:
            return other, label
    return None
