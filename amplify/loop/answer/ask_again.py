"""Asks the LLM for its answer in a second call, where its reply could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amplify.contract.calls import Completion, Failure, Message, Request
from amplify.contract.data import Example, Prediction, Task
from amplify.loop.answer.answer import refused
from amplify.loop.answer.parse import matches, read_reply
from amplify.loop.prompt.arm import Arm
from amplify.loop.setup import Room

MAX_TOKENS = 16
"""The most tokens of a second reply."""

STATEMENT = "The answer is"
"""What the second reply continues where the template has no statement of its own."""


@dataclass(frozen=True)
class SecondCall:
    """A second call for the reply to a test item: its place among the items, and its request."""

    place: int
    request: Request


@dataclass
class SecondCallCounts:
    """What came of the second calls of an arm on its `unread` replies.

    So many of them were `asked` for their answer, and so many of these were then `read`.
    """

    unread: int = 0
    asked: int = 0
    read: int = 0


def second_calls(
    arm: Arm,
    task: Task,
    requests: Sequence[Request],
    predictions: Sequence[Prediction],
    room: Room,
) -> list[SecondCall]:
    """The second calls on the replies of an arm that could not be read, if it makes any.

    None is made on a reply that was refused, on a call that failed, or where the model has no room
    for the prompt and the reply. `requests` and `predictions` are those of the test items.
    """
    if arm.unread == "count":
        return []
    calls = [
        SecondCall(place, second_request(arm, task.test[place], request, prediction.reply, task))
        for place, (request, prediction) in enumerate(zip(requests, predictions, strict=True))
        if prediction.status == "unparsed"
    ]
    return [call for call in calls if room.fits([call.request])]


def most_second_requests(
    arm: Arm, items: Sequence[Example], requests: Sequence[Request], task: Task
) -> list[Request]:
    """The second calls of an arm if no reply to the requests, one an item, can be read.

    Each reply is taken to be as long as it may be.
    """
    if arm.unread == "count":
        return []
    reply = " the" * arm.template.max_tokens
    return [
        second_request(arm, item, request, reply, task)
        for item, request in zip(items, requests, strict=True)
    ]


def second_request(arm: Arm, item: Example, request: Request, reply: str, task: Task) -> Request:
    """What is asked behind the `reply` to the `request`, which is about the item.

    A question, which names the labels. In a conversation it is the user's next turn; else what the
    answer follows stands behind it, so that it serves an LLM that goes on with a text as it serves
    one that is told everything in a message.
    """
    prompt, template = request.prompt, arm.template
    second = replace(
        request,
        max_tokens=MAX_TOKENS,
        stop=template.stop,
        labels=(),
        cue="",
        writes_first=False,
    )
    question = _question(item.labels(task.labels))
    if template.chat:
        *before, last = prompt.turns[prompt.opening :]
        asked = [last, Message("assistant", reply.strip()), Message("user", question)]
        if not reply.strip():
            asked = [Message(last.role, f"{last.content}\n\n{question}")]
        return replace(second, prompt=prompt.followed([*before, *asked]))
    space = "" if not reply or reply[0].isspace() or prompt.item_part[-1:].isspace() else " "
    text = f"{prompt.item_part}{space}{reply}".rstrip()
    text = f"{text}\n\n{question}\n{template.statement or STATEMENT}"
    return replace(second, prompt=replace(prompt, item_part=text))


def _question(labels: tuple[str, ...]) -> str:
    if not labels:
        return "What is the answer? Reply with the answer alone."
    return f"Which of these is the answer: {', '.join(labels)}? Reply with one of them alone."


def with_second_reply(
    arm: Arm, item: Example, prediction: Prediction, outcome: Completion | Failure, task: Task
) -> Prediction:
    """The prediction by the outcome of the second call; it stays unread if that is unread too.

    A second call that failed has failed for its item: the run is resumed for it. So it is for one
    that was not made as the run stopped, but that item stays unread, and so wrong: if it were not
    scored, the score would be that of the items that were easy to read.
    """
    if isinstance(outcome, Failure):
        if outcome.kind == "stopped":
            return replace(prediction, error=f"its second call was not made: {outcome.message}")
        return replace(prediction, status="failed", error=outcome.message, how="")
    second = replace(prediction, second_reply=outcome.text)
    if refused(outcome):
        return second
    labels = item.labels(task.labels)
    text = outcome.text.strip()
    answer = read_reply(text, labels, prefix=arm.prefix).label
    if answer is None and text and not arm.template.chat:
        stated = f"{arm.template.statement or STATEMENT} {text}"
        answer = read_reply(stated, labels, prefix=arm.prefix).label
    if answer is None:
        return second
    return replace(
        second, answer=answer, status="answered", correct=matches(answer, item.label), how="forced"
    )
