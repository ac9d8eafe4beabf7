"""How priors reach the replies: of test items, of pool items, and of the survey."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from amplify import Completion, Context, Example, Failure, ProviderError, Request, Task
from amplify.builtin.templates.key_words import key_words_template
from amplify.builtin.templates.options import KeyWordsOptions, PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.loop.answer.answer import NO_PROBABILITIES, predictions
from amplify.loop.answer.calibrate import CONTENT_FREE, context_requests, prior_notes, prior_of
from amplify.loop.answer.prior import Prior
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.survey.llm import ask_pool

LABELS = ("good", "bad")
POOL = tuple(Example(f"p{n}", f"thing {n} is {LABELS[n % 2]}", LABELS[n % 2]) for n in range(6))
TEST = tuple(replace(item, id=f"t{n}") for n, item in enumerate(POOL[:2]))
TASK = Task("t", "Do.", LABELS, (), POOL, TEST)
SHOWN = PreparedArm("a", "Do.")


def arm(template: Any = None, **more: Any) -> Arm:
    template = template or AnswerOnly(PromptOptions(), Context(labels=LABELS))
    return Arm("a", None, None, template, 0, 5, (), **{"answer": "rank", **more})


def answered(request: Request, good: float) -> Completion:
    """A reply that gives "good" this probability where the text says "bad", and else more."""
    text = request.prompt.item_part
    odds = good / (1 - good) * (1 if "is bad" in text else 4 if "is good" in text else 2)
    shares = (odds / (1 + odds), 1 / (1 + odds))
    pairs = tuple((name, math.log(p)) for name, p in zip(request.labels, shares, strict=True))
    first = request.labels[0]
    if request.answer == "rank":
        return Completion(first, "m", logprobs=pairs)
    return Completion(" the word thing", "m", logprobs=pairs, label=first)


def ask(requests: Sequence[Request]) -> list[Completion | Failure]:
    return [answered(request, 0.6) for request in requests]


@pytest.mark.parametrize("answer", ["rank", "complete"])
def test_the_answer_is_the_likeliest_label_by_the_calibrated_probabilities(answer: str) -> None:
    template = key_words_template(KeyWordsOptions(), Context(labels=LABELS))
    asking = arm(template, answer=answer, calibrate="batch")
    prior = prior_of(asking, ask(render(asking, SHOWN, POOL, LABELS)), TASK)
    assert isinstance(prior, Prior)
    # By hand: (0.6 + 6 / 7) / 2
    assert prior.probabilities["good"] == pytest.approx((0.6 + 6 / 7) / 2)
    outcomes = ask(render(asking, SHOWN, TEST, LABELS))
    read = predictions(asking, TEST, outcomes, LABELS, "default", prior)
    assert [(p.answer, p.how, p.correct) for p in read] == [
        ("good", "forced", True),
        ("bad", "forced", True),
    ]
    plain = predictions(replace(asking, calibrate="none"), TEST, outcomes, LABELS, "default")
    assert [p.answer for p in plain] == ["good", "good"]
    assert dict(plain[1].probabilities) == pytest.approx({"good": 0.6, "bad": 0.4})


@pytest.mark.parametrize(
    ("kind", "status"), [("server", "failed"), ("stopped", "prepared"), ("unrecorded", "prepared")]
)
def test_without_its_prior_no_reply_is_read(kind: str, status: str) -> None:
    asking = arm(calibrate="context")
    outcomes = ask(context_requests(asking, SHOWN, TASK))
    prior = prior_of(asking, [*outcomes[:2], Failure(kind, "no")], TASK)
    assert isinstance(prior, Failure)
    read = predictions(
        asking, TEST, ask(render(asking, SHOWN, TEST, LABELS)), LABELS, "default", prior
    )
    assert [(p.status, p.correct, p.probabilities) for p in read] == [(status, False, ())] * 2
    assert "as 1 of 3 calls for it gave no reply: no" in read[0].error
    assert bool(prior_notes({"a": prior})) == (kind != "stopped")


def test_a_reply_without_probabilities_is_unread_only_where_they_are_needed() -> None:
    outcomes = [Completion(" good", "m"), Completion(" good", "m", stop="refusal")]
    plain = predictions(arm(), TEST, outcomes, LABELS, "default")
    assert [(p.status, p.answer) for p in plain] == [("answered", "good"), ("refused", None)]
    sure = predictions(arm(abstain=0.5), TEST, outcomes, LABELS, "default")
    assert [(p.status, p.error) for p in sure] == [
        ("unparsed", NO_PROBABILITIES),
        ("refused", "refusal"),
    ]


def test_inputs_without_content_take_the_place_of_the_text() -> None:
    requests = context_requests(arm(calibrate="context"), SHOWN, TASK)
    assert [request.prompt.text for request in requests] == [
        request.prompt.text.replace(POOL[0].text, item.text)
        for item in CONTENT_FREE
        for request in render(arm(), SHOWN, POOL[:1], LABELS)
    ]
    assert [item.text for item in CONTENT_FREE] == ["N/A", "[MASK]", ""]


@pytest.mark.parametrize(("calibrate", "calls"), [("none", 6), ("batch", 6), ("context", 9)])
def test_the_survey_reads_the_answers_of_its_arm_as_the_arm_does(
    calibrate: str, calls: int
) -> None:
    asked: list[Request] = []

    def counted(requests: Sequence[Request]) -> list[Completion | Failure]:
        asked.extend(requests)
        return ask(requests)

    asking = arm(calibrate=calibrate)
    requests = render(asking, SHOWN, POOL, LABELS)
    answers = ask_pool(asking, SHOWN, requests, TASK, counted, "default")
    assert len(asked) == calls
    right = sum(not wrong for wrong in answers.wrong.values())
    assert right == (3 if calibrate == "none" else 6)


def test_a_survey_that_cannot_calibrate_is_refused() -> None:
    asking = arm(calibrate="batch")
    requests = render(asking, SHOWN, POOL, LABELS)
    silent: list[Completion | Failure] = [Completion(" good", "m") for _ in requests]
    with pytest.raises(ProviderError, match="arm 'a' cannot be calibrated"):
        ask_pool(asking, SHOWN, requests, TASK, lambda _: silent, "default")


@pytest.mark.parametrize("failed", [1, 3])
def test_a_survey_whose_prior_failed_tells_the_cause_of_its_calls(failed: int) -> None:
    asking = arm(calibrate="context")
    requests = render(asking, SHOWN, POOL, LABELS)
    free = {item.id for item in CONTENT_FREE[:failed]}

    def down(requests: Sequence[Request]) -> list[Completion | Failure]:
        return [
            Failure("server", "it is down") if r.item in free else o
            for r, o in zip(requests, ask(requests), strict=True)
        ]

    with pytest.raises(ProviderError, match=rf"as {failed} of 3 calls .* no reply: it is down"):
        ask_pool(asking, SHOWN, requests, TASK, down, "default")
