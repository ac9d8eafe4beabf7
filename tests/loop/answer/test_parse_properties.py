"""What holds of the reading of any reply, whatever its labels and its words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from known.replies import CLUES, LETTERS, MOODS, VALID, YESNO, parse

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
