"""Turns the outcomes of an arm's requests into predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from amplify.contract.calls import Completion, Failure
from amplify.contract.data import Example, How, Prediction
from amplify.loop.answer.parse import matches, read_reply
from amplify.loop.answer.prior import (
    Prior,
    Probabilities,
    calibrated,
    label_probabilities,
    likeliest,
)
from amplify.loop.answer.reading import UNREAD, Reading
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.render import continuations

Status = Literal["answered", "unparsed", "refused", "failed", "prepared", "abstained"]

NO_PROBABILITIES = "the LLM did not tell the probability of every label"


def read(
    arm: Arm,
    item: Example,
    reply: Completion,
    labels: tuple[str, ...],
    parser: str,
    prior: Prior | None = None,
) -> tuple[Reading, Probabilities]:
    """The label that was ranked first where it was asked for, else the one that the reply states.

    A reply behind which no label was got is read as one that was written. Under a `prior` the label
    is the one with the highest calibrated probability. An arm that calibrates or abstains reads
    nothing from a reply without probabilities. With the label come the probabilities that it was
    chosen by, where the LLM told them.
    """
    if refused(reply):
        return UNREAD, {}
    known = item.labels(labels)
    if arm.answer != "write":
        by_continuation = continuations(arm, known)
        first = reply.text if arm.answer == "rank" else reply.label
        label = by_continuation.get(first)
        if arm.narrows:  # the item was asked for the labels of its demonstrations alone
            told = dict(reply.logprobs)
            by_continuation = {key: name for key, name in by_continuation.items() if key in told}
        probabilities = label_probabilities(reply, by_continuation)
        if probabilities and prior is not None and prior.probabilities:
            probabilities = calibrated(probabilities, prior.probabilities)
            label = likeliest(probabilities)
        elif arm.calibrate != "none" or (arm.needs_probabilities and not probabilities):
            return UNREAD, {}
        if label is not None:
            return Reading(label, "forced"), probabilities
        if arm.answer == "rank":
            return UNREAD, {}
    reading = read_reply(
        reply.text, known, parser, arm.reasoned, first=arm.answer_first, prefix=arm.prefix
    )
    return reading, {}


def predictions(
    arm: Arm,
    items: Sequence[Example],
    outcomes: Sequence[Completion | Failure],
    labels: tuple[str, ...],
    parser: str,
    prior: Prior | Failure | None = None,
) -> list[Prediction]:
    """What the replies say, an item each.

    `prior` is that of an arm which calibrates. Where it could not be estimated, it is the failure
    of the calls for it: the replies cannot be read then, and their items have failed like these.

    A prompt without a recorded reply is "prepared" where the whole arm has none, and "failed"
    where other items of the arm were answered; one that was not asked, as the run was stopped, is
    "prepared".
    """
    if isinstance(prior, Failure):
        outcomes = [prior if isinstance(o, Completion) else o for o in outcomes]
        prior = None
    unrecorded = [isinstance(o, Failure) and o.kind == "unrecorded" for o in outcomes]
    return [
        _predict(arm, item, outcome, labels, parser, all(unrecorded), prior)
        for item, outcome in zip(items, outcomes, strict=True)
    ]


def _predict(
    arm: Arm,
    item: Example,
    outcome: Completion | Failure,
    labels: tuple[str, ...],
    parser: str,
    prepared: bool,
    prior: Prior | None,
) -> Prediction:
    status: Status
    if isinstance(outcome, Failure):
        status = "prepared" if prepared or outcome.kind == "stopped" else "failed"
        return _prediction(arm, item, None, status, error=outcome.message)
    if refused(outcome):
        return _prediction(arm, item, None, "refused", reply=outcome.text, error=outcome.stop)
    (answer, how), probabilities = read(arm, item, outcome, labels, parser, prior)
    correct = matches(answer, item.label)
    known = item.labels(labels)
    stated = answer is not None and (not known or answer in known or correct)
    status = "answered" if stated else "unparsed"
    if arm.abstain is not None and probabilities and max(probabilities.values()) < arm.abstain:
        answer, status, correct = None, "abstained", False
    return _prediction(
        arm,
        item,
        answer,
        status,
        correct,
        outcome.text,
        NO_PROBABILITIES if arm.needs_probabilities and not probabilities else "",
        how if status != "unparsed" else "unread",
        tuple(probabilities.items()),
    )


def _prediction(
    arm: Arm,
    item: Example,
    answer: str | None,
    status: Status,
    correct: bool = False,
    reply: str = "",
    error: str = "",
    how: How | Literal[""] = "",
    probabilities: tuple[tuple[str, float], ...] = (),
) -> Prediction:
    return Prediction(
        arm.plan_name,
        item.id,
        item.label,
        answer,
        status,
        correct,
        reply,
        error,
        arm.draw,
        how,
        probabilities,
    )


def refused(reply: Completion) -> bool:
    """Whether the model or a filter declined to answer: what the reply says is no answer."""
    return reply.stop in ("refusal", "content-filter")
