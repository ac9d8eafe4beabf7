"""Reading replies: real forms of them, and what must not be taken for an answer."""

from __future__ import annotations

import pytest
from known.replies import CLUES, LETTERS, MOODS, VALID, YESNO, parse

from amplify.contract.errors import PlanError
from amplify.loop.answer.parse import matches


@pytest.mark.parametrize(
    "reply",
    [
        "(b)",
        "b",
        "B.",
        "(B) .",
        " **(B)**\n",
        "Statement (b) is sarcastic",
        "Statement b is sarcastic",
        "The answer is (b).",
        "The answer is b",
        "The correct answer is B) the second",
        "Answer: B",
        "B) He is a terrible person",
        "Option B is correct.",
        "I would choose option B.",
        "B is the right answer, not A.",
        f"{CLUES} as the correct answer. The answer is (b).",
        f"{CLUES} as the correct answer.",
        f"{CLUES} as",
        "(b). The answer is (b). The answer is (b).",
        "The answer is (A). On second thoughts, the answer is (B).",
        "(A) is mild. The answer is (B). (C) is milder.",
        "The answer is (B) because (A) is neutral",
        "The answer cannot be (A). It is (B).",
        "A person would be sarcastic here: (B)",
        "The answer is (B).\n\nQ: Which is it?\nA: The answer is (A).",
        "B\n\nExplanation: (A) is wrong",
        "**(B)**\nBecause (A) and (C) are mild.",
        "(A)\nOn second thoughts, the answer is (B).",
        '{"answer": "B"}',
        '{"answer": "(B)", "why": "(A) is mild"}',
        "<answer>B</answer>",
        r"The answer is \(\boxed{B}\).",
        r"$\boxed{B}$",
        "Answer - B",
        "ans: b",
    ],
)
@pytest.mark.parametrize("reasoned", [False, True])
def test_letters(reply: str, reasoned: bool) -> None:
    assert parse(reply, LETTERS, reasoned=reasoned) == "(B)"
    assert parse(reply, ("A", "B", "C"), reasoned=reasoned) == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " \n",
        "(A) or (B)",
        "The answer is (A) or (B).",
        "The answer is (A), (B), and (C).",
        "(B) says so. (A) says otherwise.",
        "The answer cannot be (A)",
        "Statement (A) is not sarcastic.",
        "A statement like this is hard",
        "The answer is a bit unclear",
        "The thing about this sentence is a",
        "The key words: a, (b), and",
        "(A)\n(B)",
        "A\nB",
        "(D)",
        "The answer is (D).",
        "None of them",
    ],
)
@pytest.mark.parametrize("reasoned", [False, True])
def test_no_letter(reply: str, reasoned: bool) -> None:
    assert parse(reply, LETTERS, reasoned=reasoned) is None


def test_a_chain_that_was_cut_off_states_nothing() -> None:
    chain = "If we look at (A), it says that the speaker is happy, and that he has been so since"
    assert parse(chain, LETTERS, reasoned=True) is None
    assert parse(chain, LETTERS) is None
    done = f"{chain} May. (B) does not say so. Therefore, the sarcastic one must be (A)."
    assert parse(done, LETTERS, reasoned=True) == "(A)"


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("no.", "No"),
        ("A: Yes", "Yes"),
        ("Yes, because there is no one else", "Yes"),
        ("There is no evidence that he did. The answer is Yes.", "Yes"),
        ("There is no evidence that he did. Yes.", "Yes"),
        ("So the answer is No", "No"),
        ("Therefore, yes.", "Yes"),
        ("The answer is that there is no evidence. Yes.", "Yes"),
        ("There is no evidence that he did.", None),
        ("No evidence.", None),
        ("The answer is no longer clear", None),
        ("The answer is not yes.", None),
        ("The key words: evidence, no", None),
        ("Yesterday he said nothing", None),
        ("Yes and no", None),
    ],
)
def test_yes_and_no(reply: str, label: str | None) -> None:
    assert parse(reply, YESNO) == label


@pytest.mark.parametrize(
    ("labels", "reply", "label"),
    [
        (VALID, "The argument is invalid.", "invalid"),
        (VALID, "deductively Valid because it follows", "valid"),
        (VALID, "valid, not invalid", "valid"),
        (VALID, "It is not valid, so the answer is invalid", "invalid"),
        (VALID, "It is not valid.", None),
        (VALID, "valid or invalid", None),
        (("True", "False"), "not True = False. So the answer is False.", "False"),
        (("True", "False"), "TRUE", "True"),
        (("True", "False"), "= not True and False = False.", "False"),
        (("True", "False"), "It is true that this is hard", None),
        (MOODS, "The mood is very  positive.", "very positive"),
        (MOODS, "The answer is not positive", "not positive"),
        (MOODS, "positive", "positive"),
        (("0", "1"), "The answer is 1.", "1"),
        (("0", "1"), "10", None),
        (("c++", "c"), "The answer is C++.", "c++"),
    ],
)
def test_words(labels: tuple[str, ...], reply: str, label: str | None) -> None:
    assert parse(reply, labels) == label


@pytest.mark.parametrize(
    "reply",
    ["1.5", "The answer is 1.5.", ".1", "-1", "1,000", "1/2", "1%", "1 %", "1:30", "0.1", "1.0"],
)
def test_a_number_is_read_whole(reply: str) -> None:
    assert parse(reply, ("0", "1", "2")) is None
    assert parse(reply, ("1000", "1")) is None
    assert parse(reply.strip("."), ("1", reply.strip("."))) == reply.strip(".")


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("non-negative", None),
        ("The mood is non-negative.", None),
        ("The answer is non-negative.", None),
        ("The mood is non negative.", None),
        ("It isnt negative.", None),
        ("The mood is far from negative.", None),
        ("It is anti-positive, so it is negative.", "negative"),
        ("negative-leaning", None),
        ("It is positive rather than negative.", "positive"),
        ("'negative'", "negative"),
        ("I would call it 'negative' here", "negative"),
        ("negative - because it complains", "negative"),
        ("1.negative", "negative"),
        ("negative\n\nExplanation: positive words are few", "negative"),
        ("negative\npositive", None),
    ],
)
def test_a_word_is_read_whole(reply: str, label: str | None) -> None:
    assert parse(reply, ("positive", "negative")) == label


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("8", "8"),
        ("A: 8", "8"),
        ("8 musical instruments", "8"),
        ("You have 8 musical instruments.", "8"),
        ("- flute (1)\n- piano (1)\nSo the answer is 8.", "8"),
        ("So the answer is 1,234. I am sure.", "1234"),
        ("The answer is -3.5.", "-3.5"),
        ("The answer is: ] ) >", "] ) >"),
        ("] ) >", "] ) >"),
        ("apple bee cat", "apple bee cat"),
        ("The answer is not here.\nThe answer is apple bee cat.", "apple bee cat"),
        ("- flute (1)\n- piano (1)", None),
        ("", None),
    ],
)
def test_open_answers(reply: str, answer: str | None) -> None:
    assert parse(reply, ()) == answer


@pytest.mark.parametrize(
    ("reply", "reasoned", "answer"),
    [
        (" (B)\n", False, "(B)"),
        ("The answer is (B).", False, "The answer is (B)."),
        ("(b)", False, "(b)"),
        ("So the answer is (A). So the answer is (B).", True, "(B)"),
        ("So the answer is (B).\n\nSo the answer is (A).", True, "(B)"),
        ("So the answer is 3.5.", True, "3.5"),
        ("So the answer is (A) or (B).", True, "(A) or (B)"),
        ("no end", True, "no end"),
        (" \n", False, None),
        ("So the answer is .", True, None),
    ],
)
def test_the_published_rule(reply: str, reasoned: bool, answer: str | None) -> None:
    assert parse(reply, LETTERS, "published", reasoned) == answer


def test_an_unknown_parser_is_refused() -> None:
    with pytest.raises(PlanError, match="no parser 'publsihed'\n  known: default, published"):
        parse("x", LETTERS, "publsihed")


def test_matching() -> None:
    assert matches(" (A)", "(A) ")
    assert not matches("(a)", "(A)")
    assert not matches(None, "(A)")
