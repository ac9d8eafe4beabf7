"""Replies in many forms, label sets and languages: each is read right or not at all."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from known.replies import parse

from amplify.loop.answer.parse import read_reply

LINES = (Path(__file__).parent / "replies.jsonl").read_text("utf-8").splitlines()
REPLIES: list[dict[str, Any]] = [json.loads(line) for line in LINES]


def table(counts: dict[str, Counter[str]]) -> str:
    """A line for each form: how many of its replies are right, unread and misread."""
    lines = [f"{'form':42}{'right':>7}{'unread':>8}{'misread':>9}"]
    for form, count in counts.items():
        lines.append(f"{form:42}{count['right']:7}{count['unread']:8}{count['misread']:9}")
    return "\n".join(lines)


@pytest.mark.parametrize("held_out", [False, True])
def test_every_reply_is_read_right_or_is_known_to_be_unread(held_out: bool) -> None:
    counts: dict[str, Counter[str]] = {}
    wrong = []
    for reply in REPLIES:
        if reply["held_out"] != held_out:
            continue
        label = parse(reply["reply"], tuple(reply["labels"]))
        right = label == reply["value"]
        outcome = "right" if right else "unread" if label is None else "misread"
        counts.setdefault(reply["form"], Counter())[outcome] += 1
        if not right and not (label is None and reply.get("unread")):
            wrong.append((reply["reply"], label, reply["value"]))
    sys.stdout.write(table(counts) + "\n")
    assert wrong == []


def test_the_corpus_is_as_wide_as_it_is_said_to_be() -> None:
    assert len(REPLIES) >= 400
    assert len({reply["form"] for reply in REPLIES}) >= 20
    assert len({tuple(sorted(reply["labels"])) for reply in REPLIES}) >= 8
    assert len({reply["language"] for reply in REPLIES}) >= 6
    assert 0.3 <= sum(reply["held_out"] for reply in REPLIES) / len(REPLIES) <= 0.4
    stating = [reply for reply in REPLIES if reply["value"] is not None]
    assert len(stating) <= 0.8 * len(REPLIES)  # the others state nothing
    assert sum(reply.get("unread", False) for reply in REPLIES) <= 0.02 * len(REPLIES)


SETS = [
    ("positive", "negative", "neutral"),
    ("entailment", "contradiction", "neutral"),
    ("sports", "politics", "business", "technology"),
    ("(A)", "(B)", "(C)"),
    ("A", "B", "C", "D"),
    ("Yes", "No"),
    ("0", "1"),
    ("1", "2", "3", "4", "5"),
    ("spam", "ham"),
]

STATEMENTS = [
    "The answer is {x}.",
    "So the answer is {x}.",
    "Answer: {x}",
    "Final answer: {x}.",
    "**Answer:** {x}",
    "The correct label is {x}.",
    "I choose {x}.",
    "Label: {x}",
    "My answer is {x}, because of the wording.",
    "The answer is \\boxed{{{x}}}.",
    "It is close, but the answer is {x}.",
    "Since the wording is clear, the answer is {x}.",
    "{x}. The wording is clear.",
    "{x}\nThe wording is clear.",
    "{x} - the wording is clear.",
    "{x}, since the wording is clear.",
    '{{"label": "{x}"}}',
    "<answer>{x}</answer>",
]

TALK = [
    "Some would say {y}.",
    "Some readers may choose {y}.",
    "Others might pick {y} instead.",
    "A common mistake is to choose {y}.",
    "It is not {y}.",
    "The answer is not {y}.",
    "The answer cannot be {y}.",
    "{y} would be wrong.",
    "{y} is wrong.",
    "{y} can be ruled out.",
    "Why not {y}? Because it does not fit.",
    "Is it {y}? It is not.",
    "Could the answer be {y}?",
    "If the wording were different, the answer would be {y}.",
    "If it had ended otherwise, I would choose {y}.",
    "Had it ended otherwise, {y} would fit.",
    "Unless irony is meant, {y} does not fit.",
    "One could argue that the answer is {y}.",
    "People often predict {y} here.",
    "My colleague says the answer is {y}.",
    'He wrote: "The answer is {y}."',
    "The second best choice is {y}.",
    "The opposite label is {y}.",
    "The previous answer was {y}.",
    "Wrong answer: {y}",
    "I do not think the answer is {y}.",
    "It would be a mistake to say that the answer is {y}.",
    "Nobody would call it {y}.",
    "It may look like {y} at first.",
    "At first glance the answer is {y}.",
    "Perhaps {y} fits some part of it.",
    "There are hints of {y}, but they are few.",
    "Compare that with {y}.",
    "For {y} there is less evidence.",
    "I considered {y} as well.",
    "Do not choose {y}.",
    "Never answer {y} here.",
    "Neither {y} nor anything else fits.",
    "Anything but {y}.",
    "In another context the answer would be {y}.",
    "The label {y} is meant for other texts.",
    "Texts of the class {y} are longer.",
    "Suppose the answer is {y}; then the wording would differ.",
    "(Someone else might prefer {y}.)",
    "- {y}: does not fit",
]

FILLERS = [
    "",
    "",
    "The text is short.",
    "That is all.",
    "I hope this helps!",
    "The wording is plain.",
]


def test_talk_of_other_labels_behind_a_statement_never_changes_the_reading() -> None:
    """10,000 replies: a statement, and behind it up to three remarks on other labels."""
    rng = random.Random(2024)
    changed = []
    for _ in range(10_000):
        labels = rng.choice(SETS)
        x, *others = rng.sample(labels, len(labels))
        statement = rng.choice(STATEMENTS).format(x=x)
        remarks = [
            rng.choice([*TALK, *FILLERS]).format(y=rng.choice(others))
            for _ in range(rng.randint(1, 3))
        ]
        join = rng.choice([" ", "\n", "\n\n"] if statement[-1] in ".}>" else ["\n", "\n\n"])
        reply = join.join([statement, *filter(None, remarks)])
        if rng.random() < 0.2:
            reply = reply.upper() if rng.random() < 0.5 else reply.capitalize()
        label = parse(reply, labels)
        if label != x:
            changed.append((reply, labels, label))
    assert changed[:10] == []


def test_nothing_is_read_that_no_reply_states() -> None:
    """5,000 replies that only talk of labels."""
    rng = random.Random(2025)
    read = []
    for _ in range(5_000):
        labels = rng.choice(SETS)
        remarks = [
            rng.choice([*TALK, *FILLERS]).format(y=rng.choice(labels))
            for _ in range(rng.randint(1, 4))
        ]
        reply = rng.choice([" ", "\n", "\n\n"]).join(filter(None, remarks))
        label = parse(reply, labels)
        if label is not None:
            read.append((reply, label))
    assert read[:10] == []


@pytest.mark.parametrize(
    ("reply", "label", "how"),
    [
        ("positive", "positive", "stated"),
        ("The answer is positive.", "positive", "stated"),
        ('{"label": "positive"}', "positive", "stated"),
        ("It is positive.", "positive", "stated"),
        ("Positive. There are negative remarks.", "positive", "opened"),
        ("Two thumbs up, positive!", "positive", "mentioned"),
        ("There are positive words.", None, "unread"),
        ("<think>positive", None, "unread"),
        ("", None, "unread"),
    ],
)
def test_how_a_reply_was_read(reply: str, label: str | None, how: str) -> None:
    assert read_reply(reply, ("positive", "negative"))[:2] == (label, how)
    assert parse(reply, ("positive", "negative")) == label


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("May", "May"),
        ("may", "may"),
        ("The answer is May.", None),
        ("MAY", None),
        ("June", "June"),
        ("The answer is JUNE.", "June"),
    ],
)
def test_case_never_decides_between_two_labels(reply: str, label: str | None) -> None:
    assert parse(reply, ("May", "may", "June")) == label


def test_a_chain_of_thought_comes_to_its_last_statement_and_the_others_to_none() -> None:
    reply = "The answer is positive. The tone is warm. The answer is negative."
    labels = ("positive", "negative")
    assert parse(reply, labels) is None
    assert parse(reply, labels, reasoned=True) == "negative"
    assert parse(reply, labels, first=True) == "positive"
