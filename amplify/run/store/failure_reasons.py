"""Why calls failed: each kind of failure, how often it came, and one message of it."""

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
    return [o for o in kept if isinstance(o, Failure) and o.kind != "stopped"]


def reasons(failures: Iterable[Failure]) -> list[Reason]:
    """The kinds among these failures, the most frequent first."""
    return merged({"kind": f.kind, "count": 1, "example": f.message} for f in failures)


def merged(reasons: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Reasons of several lists as one, the most frequent first."""
    by_kind: dict[str, Reason] = {}
    for part in reasons:
        reason = by_kind.setdefault(part["kind"], {**part, "count": 0})
        reason["count"] += part["count"]
    return sorted(by_kind.values(), key=lambda reason: (-reason["count"], reason["kind"]))
