"""Reading replies: real forms of them, and what must not be taken for an answer."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from known.replies import parse

from amplify.contract.errors import PlanError
from amplify.loop.answer.parse import matches

LETTERS = ("(A)", "(B)", "(C)")
YESNO = ("Yes", "No")
VALID = ("valid", "invalid")
MOODS = ("very positive", "positive", "not positive")
CLUES = "The key words: a, no, (a), c, and yes are important clues to predict (b)"


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


LABEL_SETS = st.one_of(
    st.integers(2, 18).map(lambda n: tuple(f"({chr(65 + i)})" for i in range(n))),
    st.sampled_from([YESNO, VALID, MOODS, ("True", "False"), ("0", "1", "2")]),
    st.lists(
        st.text(min_size=1, max_size=12).map(str.strip).filter(bool), min_size=2, unique=True
    ).map(tuple),
)
FORMS = ("{}", " {}\n")
STATEMENTS = ("The answer is {}.", "Answer: {}", "x\nSo the answer is {}.", "It is so. {}.")


@given(labels=LABEL_SETS, data=st.data())
def test_a_label_alone_is_read(labels: tuple[str, ...], data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(labels))
    reply = data.draw(st.sampled_from(FORMS)).format(label)
    assert parse(reply, labels) == label
    assert parse(reply, labels, reasoned=True) == label
    assert parse(reply, labels, "published") == label


@given(labels=LABEL_SETS.filter(lambda labels: labels[0].strip("()").isalnum()), data=st.data())
def test_a_statement_is_read(labels: tuple[str, ...], data: st.DataObject) -> None:
    known = [x for x in labels if x.replace(" ", "").strip("()").isalnum() and x.isascii()]
    if len({x.casefold() for x in labels}) < len(labels) or not known:
        return
    label = data.draw(st.sampled_from(known))
    assert parse(f"The answer is {label}.", labels) in {label, *_longer(label, labels)}


def _longer(label: str, labels: tuple[str, ...]) -> set[str]:
    return {x for x in labels if label in x or x in label}


@given(reply=st.text(max_size=80), labels=LABEL_SETS, reasoned=st.booleans())
def test_whatever_is_read_is_a_label(reply: str, labels: tuple[str, ...], reasoned: bool) -> None:
    assert parse(reply, labels, reasoned=reasoned) in {None, *labels}
    parse(reply, (), reasoned=reasoned)


@given(
    parts=st.lists(
        st.sampled_from(
            [
                "the answer is ",
                "(a)",
                "(B)",
                "no",
                "Yes",
                " or ",
                ", ",
                ".",
                "\n",
                " not ",
                "key words: ",
            ]
        ),
        max_size=60,
    ),
    labels=st.sampled_from([LETTERS, YESNO, ("(A)", "no")]),
)
def test_fragments_of_replies(parts: list[str], labels: tuple[str, ...]) -> None:
    assert parse("".join(parts), labels) in {None, *labels}


SAID = st.sampled_from(
    [
        "{}",
        "{}.",
        "The answer is {}.",
        "Answer: {}",
        "**{}**",
        "So the answer is {}",
        "The key words: a, no, b are important clues to predict {} as the correct answer."
        " The answer is {}.",
        "I first thought of {other}. The answer is {}.",
        "The answer is {other}. No: the answer is {}.",
        "The answer is {}.\n\nQ: What else?\nA: The answer is {other}.",
        "The answer is {}. The answer is {}. The answer is {}.",
    ]
)
KINDS = st.sampled_from(
    [
        LETTERS,
        ("A", "B", "C"),
        YESNO,
        VALID,
        ("True", "False"),
        ("0", "1", "2"),
        ("12", "1.5", "-3"),
        ("positive", "negative", "neutral"),
        ("world news", "sport", "business"),
    ]
)


@given(labels=KINDS, form=SAID, data=st.data(), reasoned=st.booleans())
def test_the_last_statement_wins_whatever_the_case_and_the_order_of_the_labels(
    labels: tuple[str, ...], form: str, data: st.DataObject, reasoned: bool
) -> None:
    label, other = data.draw(st.permutations(labels).map(lambda turned: turned[:2]))
    reply = form.replace("{other}", other).replace("{}", label)
    for text in (reply, reply.upper(), f"  {reply}\n"):
        text = text.replace("\n\nQ: WHAT", "\n\nQ: What")
        assert parse(text, labels, reasoned=reasoned) == label
        assert parse(text, tuple(data.draw(st.permutations(labels))), reasoned=reasoned) == label


@given(
    number=st.decimals(-2000, 2000, places=2),
    labels=st.sampled_from([("0", "1", "2"), ("1", "10", "100", "1000"), ("3", "5")]),
    form=st.sampled_from(["{}", "The answer is {}.", "So the answer is {}", "It is {}.", "{}%"]),
)
def test_a_number_that_is_no_label_is_never_read_as_one(
    number: Decimal, labels: tuple[str, ...], form: str
) -> None:
    for text in (f"{number:f}", f"{number:,f}"):
        assert parse(form.format(text), labels) is None


@given(
    prefix=st.sampled_from(["non", "un", "semi", "pre", "anti", "x", "7"]),
    join=st.sampled_from(["-", "", "‑", "'"]),
    label=st.sampled_from(["positive", "negative", "sport", "valid"]),
    form=st.sampled_from(["{}", "The answer is {}.", "It is {}.", "So it is {}, clearly."]),
)
def test_a_part_of_a_longer_word_is_no_label(prefix: str, join: str, label: str, form: str) -> None:
    labels = ("positive", "negative", "sport", "valid")
    assert parse(form.format(prefix + join + label), labels) is None
    assert parse(form.format(label + join + prefix), labels) is None


@given(cut=st.integers(0, 120), reasoned=st.booleans())
def test_a_reply_that_the_limit_cut_is_read_right_or_not_at_all(cut: int, reasoned: bool) -> None:
    whole = f"{CLUES} as the correct answer. The answer is (b)."
    assert parse(whole[:cut], LETTERS, reasoned=reasoned) in {None, "(B)"}
    yes = "The key words: no, not, yes, are important clues to predict Yes as the correct answer."
    assert parse(yes[:cut], YESNO, reasoned=reasoned) in {None, "Yes"}


@pytest.mark.parametrize(
    "part",
    ["answer ", "the answer is ", "key words: ", "a", "a b ", "\n", ". ", "no, ", "1, ", "- "],
)
def test_long_replies_take_no_time(part: str) -> None:
    """Each takes milliseconds; a pattern that backtracks would take minutes."""
    reply = part * (50_000 // len(part))
    assert parse(reply, LETTERS) is None
    parse(reply, YESNO)
    parse(reply, ())


FIRST = "The answer is (B). The key words: a, (a), and no are important clues to predict"


@pytest.mark.parametrize(
    "reply",
    [
        f"{FIRST} (B) as the correct answer.",
        f"{FIRST} (A) as the correct answer.",  # a rationale that speaks for another label
        f"{FIRST} (A) as the correct answer. So the answer is (A).",
        f"{FIRST}",
        "(B). The key words: a, and b are important clues to predict (A) as the correct answer.",
        "(B)\nThe answer is not (A), as (A) is mild.",
        "B. The answer is clear: (A) is mild.",
        "(B), since (C) would be mild. The answer cannot be anything else.",
        "The answer is (B) because (A) is neutral. I would choose (A) otherwise.",
        "The key words: a, no are important clues to predict (A) as it seems. The answer is (B).",
        "The key words: nice are important clues to predict (B) as the correct answer.",
        "(b)",
    ],
)
def test_an_answer_ahead_of_its_rationale(reply: str) -> None:
    assert parse(reply, LETTERS, first=True, reasoned=True) == "(B)"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "(A) or (B). The answer is hard.",
        "The answer is (A) or (B). I predict (B).",
        "(A). (B). (C).",
        "(A)\n(B)",
        "A hard one. Words such as (B) and (A) matter.",
        "The key words: (a), nice",
    ],
)
def test_no_answer_ahead(reply: str) -> None:
    assert parse(reply, LETTERS, first=True, reasoned=True) is None


def test_an_answer_ahead_in_words_and_open_ones() -> None:
    reply = "No. The key words: yes are important clues to predict Yes as the correct answer."
    assert parse(reply, YESNO, first=True) == "No"
    reply = "The answer is invalid. The key words: valid are important clues. The answer is valid."
    assert parse(reply, VALID, first=True) == "invalid"
    assert parse(reply, VALID, reasoned=True) == "valid"
    assert parse(reply, VALID) is None  # it states both, and takes neither back
    open_reply = "The answer is 12 apples. The key words: 3 are clues. The answer is 3."
    assert parse(open_reply, (), first=True) == "12"
    assert parse(open_reply, ()) == "3"
    assert parse("12\nThe key words: 3 are clues.", (), first=True) == "12"
    assert parse("12\nThe key words: 3 are clues.", ()) is None


@pytest.mark.parametrize("prefix", ["Label:", "=>", "My verdict", "Sentiment ="])
def test_a_prefix_of_the_prompt_is_a_cue(prefix: str) -> None:
    talk = "It speaks of a not positive thing at first, and then of many that are very positive."
    reply = f"{talk} {prefix} positive."
    assert parse(reply, MOODS, reasoned=True, prefix=prefix) == "positive"
    assert parse(f"{talk} The end.", MOODS, reasoned=True, prefix=prefix) is None
    again = f"{prefix} positive. {talk} {prefix} not positive."
    assert parse(again, MOODS, reasoned=True, prefix=prefix) == "not positive"
    assert parse(again, MOODS, reasoned=True, prefix=prefix, first=True) == "positive"
    assert parse(f"Well.\n{prefix} 1,000", (), prefix=prefix) == "1000"
    assert parse(f"{talk} {prefix} A.", LETTERS, reasoned=True, prefix=prefix) == "(A)"


@given(st.text(max_size=40), st.text(max_size=8))
def test_any_prefix_and_reply_are_read_without_fault(reply: str, prefix: str) -> None:
    for labels in (LETTERS, YESNO, ()):
        for first in (False, True):
            found = parse(reply, labels, first=first, prefix=prefix)
            assert found is None or not labels or found in labels
