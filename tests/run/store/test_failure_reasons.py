"""Why calls failed, counted by kind."""

from __future__ import annotations

from typing import Any

from amplify import Completion, Failure, Prediction
from amplify.run.store.failure_reasons import failures_of, merged, reasons

LONG = Failure("too-long", "HTTP 413: too long by far")
DOWN = Failure("server", "HTTP 500: broken", retry=True)


def answer(status: Any) -> Prediction:
    return Prediction("arm", "item", "good", None, status, False)


def test_kinds_come_with_their_counts_and_one_example() -> None:
    other = Failure("too-long", "HTTP 413: another")
    assert reasons([DOWN, LONG, other]) == [
        {"kind": "too-long", "count": 2, "example": "HTTP 413: too long by far"},
        {"kind": "server", "count": 1, "example": "HTTP 500: broken"},
    ]
    assert reasons([]) == []


def test_what_was_not_asked_did_not_fail() -> None:
    reply = Completion("good", "m")
    stopped = Failure("stopped", "the cap", retry=True)
    assert failures_of([reply, LONG, stopped]) == [LONG]
    answers = [answer("answered"), answer("prepared"), answer("failed")]
    unrecorded = Failure("unrecorded", "no such prompt")
    assert failures_of([reply, unrecorded, LONG], answers) == [LONG]


def test_the_reasons_of_several_runs_are_one_list() -> None:
    one, two = reasons([DOWN]), reasons([LONG, DOWN, DOWN])
    assert merged([*one, *two]) == [
        {"kind": "server", "count": 3, "example": "HTTP 500: broken"},
        {"kind": "too-long", "count": 1, "example": "HTTP 413: too long by far"},
    ]
    assert one[0]["count"] == 1
