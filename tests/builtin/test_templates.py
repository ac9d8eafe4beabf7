"""Templates: the exact text of a prompt, and faults of users' own wording."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify import Context, Demonstration, Example, KeyWord, PlanError
from amplify.builtin.options import (
    ChainOfThoughtOptions,
    KeyWordsOptions,
    PromptOptions,
    TextTemplateOptions,
)
from amplify.builtin.templates.qa import AnswerOnly, ChainOfThought, KeyWords
from amplify.builtin.templates.text import Text

WORDS = ("promote", "charity", "raised", "millions", "help")


def demonstration(words: int = 5, rationale: str = "", label: str = "(b)") -> Demonstration:
    chosen = tuple(KeyWord(word, 1.0, ()) for word in WORDS[:words])
    return Demonstration(Example("e", "Which?", label), chosen, rationale)


def prompt(template: Any, shots: list[Demonstration], instruction: str = "") -> str:
    """The whole prompt, by way of the template's rationales."""
    shots = [
        Demonstration(s.example, s.words, r)
        for s, r in zip(shots, template.rationales(shots), strict=True)
    ]
    return str(template.shared(instruction, shots) + template.own(Example("t", "And?", "SECRET")))


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
    template = KeyWords(KeyWordsOptions(), Context())
    sentence = f"The key words: {listed} are important clues to predict (b) as the correct answer."
    assert template.rationales([demonstration(words)]) == [sentence]
    made = prompt(template, [demonstration(words)])
    assert made == f"Q: Which?\nA: {sentence} The answer is (b).\n\nQ: And?\nA:"


def test_shuffled_key_words_are_anothers_and_the_label_ones_own() -> None:
    template = KeyWords(KeyWordsOptions(shuffled=True), Context())
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
    template = KeyWords(KeyWordsOptions(), Context())
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
        KeyWords(KeyWordsOptions(), Context()),
        ChainOfThought(ChainOfThoughtOptions(), Context()),
        Text(TextTemplateOptions(demonstration="{{ text }}", query="{{ text }}"), Context()),
    ],
)
def test_the_query_never_shows_the_label(template: Any) -> None:
    assert "SECRET" not in prompt(template, [demonstration()])


def text(**options: Any) -> Text:
    return Text(TextTemplateOptions(**{"demonstration": "d", "query": "q", **options}), Context())


def test_own_wording() -> None:
    template = text(
        demonstration="{{ text }} // {{ rationale }} => {{ label }}",
        query="{{ text }} //",
        rationale="{{ words | join('+') }}{% if not words %}none{% endif %}",
        stop=("\n",),
        max_tokens=7,
    )
    made = prompt(template, [demonstration(2), demonstration(0)], "Say.")
    assert made == ("Say.\n\nWhich? // promote+charity => (b)\n\nWhich? // none => (b)\n\nAnd? //")
    assert (template.stop, template.max_tokens) == (("\n",), 7)
    assert (
        prompt(text(demonstration="{{ rationale }}"), [demonstration(rationale="own")])
        == "own\n\nq"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"demonstration": "a\n{{ text"}, r"option 'demonstration': line 2 cannot be used"),
        ({"query": "{{ text }}\n\n{{ label }}"}, r"option 'query': line 3 .*'label' is not known"),
        ({"rationale": "{% for %}"}, r"option 'rationale': line 1"),
        ({"query": "{{ text | nosuch }}"}, r"option 'query': line 1 .*nosuch"),
    ],
)
def test_broken_wording_is_named_when_it_is_built(options: dict[str, str], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        text(**options)


@pytest.mark.parametrize(
    ("demonstrated", "said"),
    [
        ("\n{{ words[7] }}", "line 2 .*UndefinedError"),
        ("{{ 1 / 0 }}", "line 1 .*ZeroDivisionError"),
        ("{{ text.__class__.__mro__ }}", "line 1 .*SecurityError"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "line 1 .*OverflowError"),
    ],
)
def test_wording_that_fails_at_work(demonstrated: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        prompt(text(demonstration=demonstrated), [demonstration()])
