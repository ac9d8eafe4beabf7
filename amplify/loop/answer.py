"""Answer: put the test items to the LLM and read its replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from amplify.contract.data import Completion, Example, Failure, Prediction, Request
from amplify.loop.arms import Arm, Prepared, prompts
from amplify.loop.parse import matches, parse

Status = Literal["answered", "unparsed", "refused", "failed", "prepared"]


def requests(arm: Arm, prepared: Prepared, items: list[Example]) -> list[Request]:
    """One request for each test item."""
    return [
        Request(prompt, arm.name, item.id, arm.template.max_tokens, arm.template.stop)
        for prompt, item in zip(prompts(arm, prepared, items), items, strict=True)
    ]


def predictions(
    arm: Arm,
    items: Sequence[Example],
    outcomes: Sequence[Completion | Failure],
    labels: tuple[str, ...],
    parser: str,
) -> list[Prediction]:
    """What the replies say, an item each.

    A prompt without a recorded reply is "prepared" where the whole arm has none, and "failed"
    where other items of the arm were answered; one that was not asked, as the run was stopped, is
    "prepared".
    """
    unrecorded = [isinstance(o, Failure) and o.kind == "unrecorded" for o in outcomes]
    return [
        _read(arm, item, outcome, item.labels(labels), parser, all(unrecorded))
        for item, outcome in zip(items, outcomes, strict=True)
    ]


def _read(
    arm: Arm,
    item: Example,
    outcome: Completion | Failure,
    labels: tuple[str, ...],
    parser: str,
    prepared: bool,
) -> Prediction:
    if isinstance(outcome, Failure):
        status: Status = "prepared" if prepared or outcome.kind == "stopped" else "failed"
        return Prediction(arm.name, item.id, item.label, None, status, False, error=outcome.message)
    if refused(outcome):
        return Prediction(
            arm.name, item.id, item.label, None, "refused", False, outcome.text, outcome.stop
        )
    answer = parse(outcome.text, labels, parser, arm.reasoned)
    correct = matches(answer, item.label)
    read = answer is not None and (not labels or answer in labels or correct)
    return Prediction(
        arm.name,
        item.id,
        item.label,
        answer,
        "answered" if read else "unparsed",
        correct,
        outcome.text,
    )


def refused(reply: Completion) -> bool:
    """Whether the model or a filter declined to answer: what the reply says is no answer."""
    return reply.stop in ("refusal", "content-filter")
