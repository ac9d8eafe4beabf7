"""Why calls failed: each kind of failure, how often, and what was said once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from amplify.contract.calls import Failure
from amplify.contract.data import Prediction
from amplify.run.engine.engine import Outcome

Reason = dict[str, Any]
"""`kind`, `count` and `example`, which is the first message of the kind."""


def failures_of(
    outcomes: Sequence[Outcome], answers: Sequence[Prediction] | None = None
) -> list[Failure]:
    """The calls that failed; of an arm, those whose `answers` count as failed."""
    kept = outcomes
    if answers is not None:
        pairs = zip(outcomes, answers, strict=True)
        kept = [outcome for outcome, answer in pairs if answer.status == "failed"]
    return [one for one in kept if isinstance(one, Failure) and one.kind != "stopped"]


def reasons(failures: Iterable[Failure]) -> list[Reason]:
    """The kinds among these failures, the most frequent first."""
    return merged({"kind": one.kind, "count": 1, "example": one.message} for one in failures)


def merged(told: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Reasons of several lists as one, the most frequent first."""
    found: dict[str, Reason] = {}
    for one in told:
        reason = found.setdefault(one["kind"], {**one, "count": 0})
        reason["count"] += one["count"]
    return sorted(found.values(), key=lambda reason: (-reason["count"], reason["kind"]))
