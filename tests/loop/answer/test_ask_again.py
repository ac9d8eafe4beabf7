"""The request of a second call, and what is read of the reply to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from amplify import (
    Completion,
    Example,
    Failure,
    Message,
    Prediction,
    Prompt,
    Request,
    Task,
    Template,
)
from amplify.loop.answer.ask_again import second_calls, second_request, with_second_reply
from amplify.loop.answer.score import score_arm
from amplify.loop.prompt.arm import Arm

ITEM = Example("i1", "rain?", "good")
TASK = Task("weather", "", ("good", "bad"), test=(ITEM,))
OPEN = Task("weather", "", (), test=(ITEM,))
PLAIN = Request(Prompt("Q: snow?\nA: bad\n\n", "Q: rain?\nA:"), "arm", "i1", 99, ("\n\nQ:",))
TALK = Request(Prompt.chat([Message("system", "Judge.")], [Message("user", "rain?")]), "a", "i1", 9)
UNREAD = Prediction("arm", "i1", "good", None, "unparsed", False, "Well", how="unread")


@dataclass
class Limited:
    """Fits prompts of so many characters."""

    most: int = 10_000

    def fits(self, requests: list[Request]) -> bool:
        return all(len(request.prompt.text) <= self.most for request in requests)

    def require(self, arm: str, requests: list[Request]) -> None:
        assert self.fits(requests)


def arm(chat: bool = False, statement: str = "") -> Arm:
    template = Template()
    template.chat, template.statement = chat, statement
    return Arm("arm", None, None, template, 0, 5, (), unread="ask")


@pytest.mark.parametrize("reply", [" Well, and, and", "Well, and, and \n"])
def test_in_the_completion_layout_the_answer_follows_the_reply(reply: str) -> None:
    second = second_request(arm(), ITEM, PLAIN, reply, TASK)
    assert second.prompt.shared == PLAIN.prompt.shared
    assert second.prompt.item_part == (
        "Q: rain?\nA: Well, and, and\n\nWhich of these is the answer: good, bad? Reply with one of"
        " them alone.\nThe answer is"
    )
    stated = second_request(arm(statement="So it is"), ITEM, PLAIN, reply, TASK)
    assert stated.prompt.item_part.endswith("alone.\nSo it is")


def test_a_conversation_goes_on() -> None:
    second = second_request(arm(chat=True), ITEM, TALK, " Well ", TASK)
    assert [m.role for m in second.prompt.messages] == ["system", "user", "assistant", "user"]
    assert second.prompt.messages[2].content == "Well"
    assert "good, bad? Reply with one" in second.prompt.messages[3].content
    # No service takes an empty message: the question stands behind the item then.
    empty = second_request(arm(chat=True), ITEM, TALK, " ", OPEN)
    assert [m.content for m in empty.prompt.messages] == [
        "Judge.",
        "rain?\n\nWhat is the answer? Reply with the answer alone.",
    ]


def test_only_unread_replies_are_asked_again_and_only_where_there_is_room() -> None:
    statuses = ("answered", "refused", "failed", "prepared", "unparsed")
    predictions = [replace(UNREAD, status=status) for status in statuses]
    task = replace(TASK, test=(ITEM,) * 5)
    calls = second_calls(arm(), task, [PLAIN] * 5, predictions, Limited())
    assert [call.place for call in calls] == [4]
    assert second_calls(arm(), task, [PLAIN] * 5, predictions, Limited(30)) == []
    counting = replace(arm(), unread="count")
    assert second_calls(counting, task, [PLAIN] * 5, predictions, Limited()) == []


@pytest.mark.parametrize(
    ("task", "text", "answer", "how"),
    [
        (TASK, " good.", "good", "forced"),
        (TASK, "good, not bad", "good", "forced"),
        (TASK, "The answer is good.", "good", "forced"),
        (TASK, " certainly good, where some say bad", "good", "forced"),
        (TASK, " neither", None, "unread"),
        (TASK, "", None, "unread"),
        (OPEN, " 42 degrees", "42", "forced"),
    ],
)
def test_what_is_read_of_the_second_reply(
    task: Task, text: str, answer: str | None, how: str
) -> None:
    prediction = with_second_reply(arm(), ITEM, UNREAD, Completion(text, "llm"), task)
    assert (prediction.answer, prediction.how) == (answer, how)
    assert (prediction.reply, prediction.second_reply) == ("Well", text)
    assert prediction.correct == (answer == "good")
    assert prediction.status == ("unparsed" if answer is None else "answered")


def test_a_second_reply_that_was_refused_is_not_read() -> None:
    outcome = Completion("good", "llm", stop="refusal")
    assert with_second_reply(arm(), ITEM, UNREAD, outcome, TASK).answer is None


def test_an_item_whose_second_call_failed_has_failed() -> None:
    prediction = with_second_reply(arm(), ITEM, UNREAD, Failure("server", "down"), TASK)
    assert (prediction.status, prediction.how, prediction.error) == ("failed", "", "down")


def test_an_item_whose_second_call_was_not_made_stays_unread_and_counts_as_wrong() -> None:
    right = [replace(UNREAD, item=f"r{n}", status="answered", correct=n < 56) for n in range(70)]
    outcome = Failure("stopped", "cap reached")
    kept = with_second_reply(arm(), ITEM, UNREAD, outcome, TASK)
    assert (kept.status, kept.how) == ("unparsed", "unread")
    assert kept.error == "its second call was not made: cap reached"
    unread = [replace(kept, item=f"u{n}") for n in range(30)]
    score = score_arm("arm", {(0, 0): [*right, *unread]})
    assert (score.answers, score.unparsed, score.accuracy) == (100, 30, 0.56)
