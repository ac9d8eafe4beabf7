"""Answer: put the test items to the LLM and read its replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Example, Prediction
from amplify.contract.errors import PluginError
from amplify.loop.answer.parse import matches, parse
from amplify.loop.prompt.arm import Arm, PreparedArm, prompts

Status = Literal["answered", "unparsed", "refused", "failed", "prepared"]


def requests(
    arm: Arm, prepared: PreparedArm, items: list[Example], labels: tuple[str, ...]
) -> list[Request]:
    """One request for each item; `labels` are the task's, for templates that have them ranked."""
    template = arm.template
    return [
        Request(
            prompt,
            arm.name,
            item.id,
            template.max_tokens,
            template.stop,
            tuple(_continuations(arm, item.labels(labels))),
        )
        for prompt, item in zip(prompts(arm, prepared, items), items, strict=True)
    ]


def read(
    arm: Arm, item: Example, reply: Completion, labels: tuple[str, ...], parser: str
) -> str | None:
    """The label that a reply states, or that was ranked first; None where there is none."""
    if refused(reply):
        return None
    known = item.labels(labels)
    if arm.ranks:
        return _continuations(arm, known).get(reply.text)
    return parse(reply.text, known, parser, arm.reasoned, first=arm.answer_first, prefix=arm.prefix)


def _continuations(arm: Arm, labels: tuple[str, ...]) -> dict[str, str]:
    """The labels by what is ranked in their place; empty where the arm's LLM writes."""
    if not arm.ranks:
        return {}
    template = arm.template
    found = {template.continuation(label): label for label in labels}
    if len(found) < len(set(labels)):
        raise PluginError(
            "its template has the same continuation for two labels", where=f"arm {arm.name!r}"
        )
    return found


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
        _predict(arm, item, outcome, labels, parser, all(unrecorded))
        for item, outcome in zip(items, outcomes, strict=True)
    ]


def _predict(
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
    answer = read(arm, item, outcome, labels, parser)
    correct = matches(answer, item.label)
    known = item.labels(labels)
    stated = answer is not None and (not known or answer in known or correct)
    return Prediction(
        arm.name,
        item.id,
        item.label,
        answer,
        "answered" if stated else "unparsed",
        correct,
        outcome.text,
    )


def refused(reply: Completion) -> bool:
    """Whether the model or a filter declined to answer: what the reply says is no answer."""
    return reply.stop in ("refusal", "content-filter")
