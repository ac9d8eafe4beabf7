"""The calls that there would be if the arms of a study shared none."""

from __future__ import annotations

import pytest

from amplify import Context, Example
from amplify.builtin.explainers.llm_rationales import CluesAndReasoning
from amplify.builtin.explainers.options import CluesOptions
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.loop.prompt.arm import Arm
from amplify.loop.shared_work import Work
from amplify.run.study.count import count_work
from amplify.run.study.run_of_study import RunOfStudy


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
    run = RunOfStudy({"seed": 0, "arms": [arm]}, {}, {}, "data", {}, {"a": calibration})
    assert count_work([run], ["k"])["calls"] == {"distinct": 1, "alone": alone}


def test_an_explainer_counts_each_call_about_an_example() -> None:
    """That of CARP asks for clues first, and then for the reasoning."""
    clues = CluesAndReasoning(CluesOptions(), Context())
    template = AnswerOnly(PromptOptions(), Context())
    asking = Arm("a", None, clues, template, 2, 5, (), explained_by="digest", asking=("digest",))
    work = Work()
    for shown in (("1", "2"), ("2", "3")):
        work.add(asking, "digest", False, [Example(place, "text", "yes") for place in shown])
    arm = {"name": "a", "items": 20}
    run = RunOfStudy({"seed": 0, "arms": [arm]}, {}, {"a": work}, "data")
    assert count_work([run], ["k"])["calls"] == {"distinct": 1, "alone": 20 + 2 * 3}
