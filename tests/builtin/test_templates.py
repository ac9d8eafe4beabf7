"""Templates: the exact text of a prompt, and how replies to it are read."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from known.replies import parse

from amplify import Context, Demonstration, Example, KeyWord, PlanError
from amplify.builtin.templates.key_words import WordedTemplate, key_words_template
from amplify.builtin.templates.options import (
    ChainOfThoughtOptions,
    KeyWordsOptions,
    LayoutOptions,
    PromptOptions,
)
from amplify.builtin.templates.qa import AnswerOnly, ChainOfThought, Ranking
from amplify.builtin.templates.wording import SHIPPED
from amplify.contract.options import convert

WORDS = ("promote", "charity", "raised", "millions", "help")
TASKS = {
    "snarks": "(B)",
    "causal-judgement": "No",
    "ruin-names": "(C)",
    "formal-fallacies": "invalid",
    "salient-translation-error-detection": "(E)",
    "commonsense-qa": "(D)",
    "coin-flip": "yes",
}
"""The paper's tasks, and a label of each."""

SETS = {
    "No": ("Yes", "No"),
    "yes": ("yes", "no"),
    "invalid": ("valid", "invalid"),
}
LETTERS = ("(A)", "(B)", "(C)", "(D)", "(E)", "(F)")


def written(**options: Any) -> WordedTemplate:
    return key_words_template(convert(KeyWordsOptions, options, "template"), Context())


def demonstration(words: int = 5, rationale: str = "", label: str = "(b)") -> Demonstration:
    chosen = tuple(KeyWord(word, 1.0, ()) for word in WORDS[:words])
    return Demonstration(Example("e", "Which?", label), chosen, rationale)


def prompt(template: Any, shots: list[Demonstration], instruction: str = "") -> str:
    """The whole prompt, by way of the template's rationales."""
    shots = [
        Demonstration(s.example, s.words, r)
        for s, r in zip(shots, template.rationales(shots), strict=True)
    ]
    return str(
        template.shared(instruction, shots) + template.item_part(Example("t", "And?", "SECRET"))
    )


def test_answer_only() -> None:
    template = AnswerOnly(PromptOptions(), Context())
    made = prompt(
        template, [demonstration(rationale="chain"), demonstration(label="(a)")], "Do it."
    )
    assert made == "Do it.\n\nQ: Which?\nA: (b)\n\nQ: Which?\nA: (a)\n\nQ: And?\nA:"
    assert prompt(template, []) == "Q: And?\nA:"
    assert template.max_tokens == 100


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (1, "promote"),
        (2, "promote, and charity"),
        (5, "promote, charity, raised, millions, and help"),
    ],
)
def test_key_words(words: int, listed: str) -> None:
    template = written()
    sentence = f"The key words: {listed} are important clues to predict (b) as the correct answer."
    assert template.rationales([demonstration(words)]) == [sentence]
    made = prompt(template, [demonstration(words)])
    assert made == f"Q: Which?\nA: {sentence} The answer is (b).\n\nQ: And?\nA:"


def test_shuffled_key_words_are_anothers_and_the_label_ones_own() -> None:
    template = written(shuffled=True)
    shots = [demonstration(n, label=label) for n, label in ((1, "(a)"), (2, "(b)"), (3, "(c)"))]
    made = template.rationales(shots)
    assert [sentence.split(": ")[1].split(" are ")[0] for sentence in made] == [
        "promote, and charity",
        "promote, charity, and raised",
        "promote",
    ]
    assert [sentence.split("predict ")[1][:3] for sentence in made] == ["(a)", "(b)", "(c)"]
    assert template.rationales([]) == []


def test_key_words_without_words() -> None:
    template = written()
    assert prompt(template, [demonstration(0)]).startswith("Q: Which?\nA: The answer is (b).\n\n")
    made = prompt(template, [demonstration(0, "It is so.")])
    assert made.startswith("Q: Which?\nA: It is so. The answer is (b).\n\n")


@pytest.mark.parametrize(
    ("rationale", "between"),
    [
        ("\nLook.\n\nSo the answer is", "\nLook.\n\nSo the answer is"),
        (" Look. So the answer is", " Look. So the answer is"),
        ("Look.", "\nLook. So the answer is"),
        ("", " The answer is"),
    ],
)
def test_chain_of_thought(rationale: str, between: str) -> None:
    template = ChainOfThought(ChainOfThoughtOptions(), Context())
    made = prompt(template, [demonstration(rationale=rationale)], "Do.")
    start = "Do.\n\nQ: Which?\nA: Let's think step by step."
    assert made == f"{start}{between} (b).\n\nQ: And?\nA: Let's think step by step."
    assert prompt(template, []) == "Q: And?\nA: Let's think step by step."  # zero-shot
    assert "\n\n" not in template.stop
    assert template.max_tokens == 400


@given(st.text(max_size=30))
def test_a_chain_is_led_once(chain: str) -> None:
    template = ChainOfThought(ChainOfThoughtOptions(), Context())
    once = template.rationales([demonstration(rationale=chain)])
    assert template.rationales([demonstration(rationale=once[0])]) == once


@pytest.mark.parametrize(
    "template",
    [
        AnswerOnly(PromptOptions(), Context()),
        written(),
        ChainOfThought(ChainOfThoughtOptions(), Context()),
        Ranking(LayoutOptions(), Context()),
        AnswerOnly(PromptOptions(layout="chat"), Context()),
        written(layout="chat", rationale="after"),
        ChainOfThought(ChainOfThoughtOptions(layout="chat"), Context()),
    ],
)
def test_the_query_never_shows_the_label(template: Any) -> None:
    assert "SECRET" not in prompt(template, [demonstration()])


def test_a_file_for_every_wording_and_a_name_for_every_file() -> None:
    names = get_args(get_type_hints(KeyWordsOptions)["wording"])
    assert sorted(names) == sorted(path.stem for path in SHIPPED.glob("*.jinja"))
    assert names == ("paper", *TASKS)


@pytest.mark.parametrize(("task", "label"), TASKS.items())
@pytest.mark.parametrize("place", ["before", "after"])
def test_the_wording_of_a_task(task: str, label: str, place: str) -> None:
    template = written(wording=task, rationale=place)
    shot = demonstration(label=label)
    (sentence,) = template.rationales([shot])
    assert "promote, charity, raised, millions, and help" in sentence
    assert label in sentence
    assert sentence != written().rationales([shot])[0]
    # Its frame is the paper's, and a reply of its own form is read in either order.
    made = prompt(template, [shot])
    parts = (sentence, f"The answer is {label}.")
    reply = " ".join(parts if place == "before" else parts[::-1])
    assert made == f"Q: Which?\nA: {reply}\n\nQ: And?\nA:"
    labels = SETS.get(label, LETTERS)
    first = place == "after"
    read = parse(reply, labels, reasoned=True, first=first, prefix=template.prefix)
    assert read == label
    # Cut at the token limit, the rationale alone still names the label, and never another.
    assert parse(sentence, labels, reasoned=True, first=first) == label


def placed(word: str, place: int) -> KeyWord:
    return KeyWord(word, 1.0, ((place, place + len(word)),))


def test_order_and_quotes() -> None:
    words = (placed("last", 30), placed("first", 0), placed("middle", 10))
    shot = Demonstration(Example("e", "first ...", "(b)"), words)

    def shown(**options: Any) -> str:
        return written(**options).rationales([shot])[0].split(": ")[1].split(" are ")[0]

    assert shown() == shown(order="score") == "last, first, and middle"
    assert shown(order="text") == "first, middle, and last"
    assert shown(quotes="double") == '"last", "first", and "middle"'
    assert shown(order="text", quotes="single") == "'first', 'middle', and 'last'"


@pytest.mark.parametrize(
    ("rationale", "shown"),
    [
        ("", "Label: (b)."),
        ("It is so.", "It is so. Label: (b)."),
        ("It is so. So the answer is", "It is so. Label: (b)."),
        ("\nLook: so. It is.\n\nSo the answer is", "Look: so. It is. Label: (b)."),
        ("The answer is", "Label: (b)."),
    ],
)
def test_a_prefix_of_ones_own(rationale: str, shown: str) -> None:
    template = written(prefix="Label:")
    assert prompt(template, [demonstration(0, rationale)]) == (
        f"Q: Which?\nA: {shown}\n\nQ: And?\nA:"
    )
    assert template.prefix == "Label:"


@pytest.mark.parametrize(
    ("words", "rationale", "shown"),
    [
        (0, "", "The answer is (b)."),
        (0, "Look.\n\nSo the answer is", "The answer is (b). Look."),
        (1, "", "The answer is (b). The key words: promote are important clues to predict (b) as"
         " the correct answer."),
    ],
)  # fmt: skip
def test_a_rationale_after_the_answer(words: int, rationale: str, shown: str) -> None:
    template = written(rationale="after")
    made = prompt(template, [demonstration(words, rationale)], "Do.")
    assert made == f"Do.\n\nQ: Which?\nA: {shown}\n\nQ: And?\nA:"
    assert (template.answer_first, template.prefix) == (True, "The answer is")
    assert not written().answer_first


def test_templates_without_a_statement_tell_nothing() -> None:
    assert AnswerOnly(PromptOptions(), Context()).prefix is None


def test_an_unknown_wording_names_those_that_there_are() -> None:
    with pytest.raises(PlanError, match=r"'wording': .*'snark'\n  one of: paper, snarks, "):
        written(wording="snark")
