"""What a request asks for in each of the ways to answer."""

from __future__ import annotations

from typing import Any

import pytest

from amplify import Context, Example, Template
from amplify.builtin.templates.key_words import key_words_template
from amplify.builtin.templates.options import (
    ChainOfThoughtOptions,
    KeyWordsOptions,
    LayoutOptions,
    PromptOptions,
)
from amplify.builtin.templates.qa import AnswerOnly, ChainOfThought, Ranking
from amplify.contract.calls import AnswerMode, Request
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render

ITEM = Example("1", "Is it warm?", "yes")


def request_of(template: Template, answer: AnswerMode) -> Request:
    arm = Arm("a", None, None, template, 0, 5, (), answer=answer)
    return render(arm, PreparedArm("a", ""), [ITEM], ("yes", "no"))[0]


def worded(**options: Any) -> Template:
    return key_words_template(KeyWordsOptions(**options), Context())


def test_a_written_reply_is_asked_for_nothing_else() -> None:
    request = request_of(worded(), "write")
    assert request.answer == "write"
    assert (request.labels, request.cue, request.stop) == ((), "", ("\n\n", "\nQ:"))


def test_a_rationale_ends_before_the_statement_of_the_answer() -> None:
    request = request_of(worded(), "complete")
    assert request.answer == "complete"
    assert request.stop == ("\n\n", "\nQ:", "The answer is", "the answer is")
    assert request.prompt.text + request.cue + request.labels[0] == (
        "Q: Is it warm?\nA: The answer is yes"
    )


@pytest.mark.parametrize(
    ("template", "cue", "label"),
    [
        (worded(), " The answer is", " yes"),
        (worded(rationale="after"), " The answer is", " yes"),
        (worded(prefix="Label:"), " Label:", " yes"),
        (worded(prefix=""), " The answer is", " yes"),
        (worded(layout="chat"), "The answer is", " yes"),
        (AnswerOnly(PromptOptions(), Context()), "", " yes"),
        (AnswerOnly(PromptOptions(layout="chat"), Context()), "", "yes"),
        (Ranking(LayoutOptions(layout="chat"), Context()), "", "yes"),
        (ChainOfThought(ChainOfThoughtOptions(), Context()), " So the answer is", " yes"),
    ],
)
def test_ranked_labels_follow_what_stands_ahead_of_them_in_demonstrations(
    template: Template, cue: str, label: str
) -> None:
    request = request_of(template, "rank")
    assert (request.answer, request.cue, request.labels[0]) == ("rank", cue, label)
    assert request.stop == template.stop
