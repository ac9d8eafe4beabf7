from __future__ import annotations

import pytest

from amplify import Prediction
from amplify.loop.answer.score import score_arm


def predicted(marks: str) -> list[Prediction]:
    """`1` right, `0` wrong, `u` unparsed, `f` failed, `p` prepared."""
    status = {"u": "unparsed", "f": "failed", "p": "prepared"}
    return [
        Prediction("arm", f"i{n}", "a", "a", status.get(m, "answered"), m == "1")  # type: ignore[arg-type]
        for n, m in enumerate(marks)
    ]


def test_unparsed_and_failed_items_are_wrong_and_counted_apart() -> None:
    found = score_arm("arm", predicted("110uff"))
    assert (found.items, found.correct, found.unparsed, found.errors) == (6, 2, 1, 2)
    assert found.accuracy == pytest.approx(1 / 3)


def test_an_arm_that_nobody_answered_has_no_accuracy() -> None:
    found = score_arm("arm", predicted("ppp"))
    assert (found.accuracy, found.interval, found.prepared) == (None, None, 3)
