"""The calls that there would be if the arms of a study shared none."""

from __future__ import annotations

import pytest

from amplify.run.study.count import count_work
from amplify.run.study.folder import FinishedRun


@pytest.mark.parametrize(
    ("calibration", "prompts", "alone"),
    [
        ("none", 0, 2 * (20 + 8)),
        ("context", 3, 2 * (20 + 8 + 3)),
        # A batch has the pool items by which a draw is chosen, and more or fewer.
        ("batch", 12, 2 * (20 + 12)),
        ("batch", 5, 2 * (20 + 8)),
    ],
)
def test_calls_for_priors_count_where_they_are_no_calls_of_the_choice(
    calibration: str, prompts: int, alone: int
) -> None:
    draws = [{"draw": draw, "pool_items": 8} for draw in (1, 2)]
    priors = [{"draw": draw, "prompts": prompts} for draw in (1, 2)] if prompts else []
    arm = {"name": "a", "items": 20, "answers": 40, "draws": draws, "priors": priors}
    run = FinishedRun({"seed": 0, "arms": [arm]}, {}, {}, "data", {}, {"a": calibration})
    assert count_work([run], ["k"])["calls"] == {"distinct": 1, "alone": alone}
