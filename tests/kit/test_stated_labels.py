"""The label that a reply states alone: in a JSON object, or in a few words."""

from __future__ import annotations

import pytest

from amplify import Completion, Prompt, Request
from amplify.kit.label_calls import LabelCall
from amplify.kit.label_replies import IGNORED, NO_LABEL, LabelReply, read_label

SENTIMENT, ANSWER, LETTERS = ("positive", "negative"), ("yes", "no"), ("A", "B")

NONE = [
    (SENTIMENT, "Positive. No wait, negative."),
    (ANSWER, "Yes\nNo"),
    (LETTERS, "A. or B."),
    (SENTIMENT, "The answer is positive. Or negative."),
    (ANSWER, "No. 1 is wrong"),
    (ANSWER, "No. #1 is wrong"),
    (SENTIMENT, '{"label":"positive"} or maybe {"label":"negative"}'),
    (SENTIMENT, '[{"label": "positive"}, {"label": "negativ\\u0065"'),
    (SENTIMENT, "Positive. Wait, the opposite."),
    (SENTIMENT, "Positive\n\nNo, wait: I am not sure."),
    (SENTIMENT, "Positive. _But_ not throughout."),
    (SENTIMENT, "**Positive**\nLater I would say _negative_"),
    (LETTERS, "B. Rather A"),
    (LETTERS, "B.\na"),
    (("spam", "not spam"), "Spam. Or so I thought: not spam"),
    (SENTIMENT, 'Of {positive, negative}: {"label": "positive"}'),
    (SENTIMENT, '{"label": "negative", so} no: {"label": "positive"}'),
    (SENTIMENT, '{"answer": "negative"} {"label": "positive"}'),
    (SENTIMENT, 'Were it {warm, {"label": "positive"}'),
    (SENTIMENT, '{"rejected": {"label": "positive"}}'),
    (SENTIMENT, 'I would not say {"label": "positive"}'),
    (SENTIMENT, 'This would be wrong:\n```json\n{"label": "positive"}\n```'),
    (SENTIMENT, 'If it were good, {"label": "positive"}'),
    (SENTIMENT, 'Is it {"label": "positive"}?'),
    (SENTIMENT, '{"label": "positive"} is what others say'),
]

NAMED = [
    (SENTIMENT, "Positive.", "positive"),
    (SENTIMENT, "The answer is positive", "positive"),
    (SENTIMENT, "the answer is: Positive. The food is praised.", "positive"),
    (SENTIMENT, "positive\n", "positive"),
    (SENTIMENT, "**Positive**. It is a positive review.", "positive"),
    (SENTIMENT, "Positive.\n\n1. The food is praised.", "positive"),
    (SENTIMENT, "Negative! Order is lacking.", "negative"),
    (SENTIMENT, '{"label": "positive"} or {"label": "positive"}', "positive"),
    (SENTIMENT, '{"label": "positive"} is my answer', "positive"),
    (SENTIMENT, 'I think {so}: {"label": "positive"}', "positive"),
    (SENTIMENT, '{"sure": true} {"label": "positive"}', "positive"),
    (SENTIMENT, 'It is not bad.\n```json\n{"label": "positive"}\n```', "positive"),
    (SENTIMENT, 'It is not bad\n{"label": "positive"}', "positive"),
    (ANSWER, "No. That is wrong", "no"),
    (ANSWER, "Yes. Nobody knows", "yes"),
    (LETTERS, "B. It is a dog", "B"),
    (("spam", "not spam"), "Not spam. It is certainly not spam", "not spam"),
]


def read(labels: tuple[str, ...], said: str, writes_first: bool, written: str | None) -> Completion:
    request = Request(Prompt("", "Q"), "arm", "item", 20, (), labels, "The answer is", writes_first)
    way = "schema" if "{" in said else "call"
    return read_label(LabelCall(request, way, written), LabelReply(Completion(said, "model")))


@pytest.mark.parametrize(("labels", "said"), NONE)
def test_a_label_that_is_taken_back_or_not_the_only_one_is_none(
    labels: tuple[str, ...], said: str
) -> None:
    ranked = read(labels, said, False, None)
    assert (ranked.text, ranked.stop) == (said, "no-label")
    assert ranked.note in (NO_LABEL, IGNORED)
    behind = read(labels, said, True, "It rains.")
    assert (behind.text, behind.label, behind.stop) == (said, "", "end")


@pytest.mark.parametrize(("labels", "said", "label"), NAMED)
def test_a_label_alone_is_read(labels: tuple[str, ...], said: str, label: str) -> None:
    assert read(labels, said, False, None).text == label
    assert read(labels, said, True, "It rains.").label == label


def test_a_label_that_is_read_from_words_in_spite_of_a_schema_is_noted() -> None:
    request = Request(Prompt("", "Q"), "arm", "item", 20, (), SENTIMENT, "The answer is")
    for way, note in (
        ("schema", "label read from a reply in words: the server passed the schema over"),
        ("call", ""),
    ):
        reply = read_label(LabelCall(request, way), LabelReply(Completion("Positive.", "model")))
        assert (reply.text, reply.note) == ("positive", note)


@pytest.mark.parametrize("said", ["yes" + "\n" * 10**6 + "or", "yes" + " " * 10**6 + "x"])
def test_a_large_reply_is_read_in_one_pass(said: str) -> None:
    assert read(ANSWER, said, False, None).stop == "no-label"
