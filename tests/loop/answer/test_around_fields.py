"""Structured answers within sentences: one that its sentence takes back states nothing."""

from __future__ import annotations

import pytest
from known.replies import parse

MOODS = ("positive", "negative")


@pytest.mark.parametrize(
    "reply",
    [
        'I would not say {"label": "positive"}',
        'The answer is not {"label": "positive"}',
        'Never answer {"label": "positive"}.',
        'I don\'t think it is {"label": "positive"}',
        '{not {"label": "positive"}',
        'Should I say {"label": "positive"}?',
        'I looked at {x}. Is it {"label": "positive"}?',
        'I looked at {x}. A wrong answer would be {"label": "positive"}.',
        'I looked at {x}. If it were good, {"label": "positive"}',
        'If it were good I would say {"label": "posi',
        'You would write {"label": "positive"} for a good one.',
        'Some readers may choose {"label": "positive"}.',
        '{"label": "positive"} would be wrong.',
        '{"label": "positive"} is what others say.',
        'This would be wrong:\n```json\n{"label": "positive"}\n```',
        'I would never say: {"label": "positive"}',
        'Other annotators answered: {"label": "positive"}',
        'An example of the format:\n{"label": "positive"}',
        'My previous answer was: {"label": "positive"}',
        'Ich würde nicht {"label": "positive"} sagen.',
        '不是{"label": "positive"}',
        "The answer is not <label>positive</label>.",
        "Is it <label>positive</label>?",
        "[answer]positive[/answer] is wrong.",
    ],
)
def test_an_answer_that_its_sentence_takes_back_is_not_read(reply: str) -> None:
    assert parse(reply, MOODS) is None


@pytest.mark.parametrize(
    "reply",
    [
        'I looked at {x}. {"label": "positive"}',
        'The answer is {"label": "positive"}',
        'I choose {"label": "positive"}.',
        'Here is the JSON you asked for:\n```json\n{"label": "positive"}\n```',
        'Here is the JSON you requested: {"label": "positive"}',
        'Here is the output:\n{"label": "positive"}\nLet me know if you need more!',
        'It is not bad.\n{"label": "positive"}',
        'It is not bad\n{"label": "positive"}',
        'For this review, my answer: {"label": "positive"}',
        'The reviewer praises the film: {"label": "positive"}',
        'Not negative, so {"label": "positive"}',
        'I am not sure: {"label": "positive"}',
        '{"label": "positive"} is my answer',
        '{"label": "positive"} Is there more?',
        '{"label": "positive", "why": "no"} because it is not bad',
        "<reasoning>not bad</reasoning><label>positive</label>",
        "<reasoning>Is it bad?</reasoning>\n<answer>positive</answer>",
        'I would not say {"label": "negative"} but {"label": "positive"}',
        'I would not say {"label": "negative"}. The answer is positive.',
    ],
)
def test_an_answer_that_its_sentence_gives_is_read(reply: str) -> None:
    assert parse(reply, MOODS) == "positive"
