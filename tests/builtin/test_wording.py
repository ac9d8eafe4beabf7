"""A user's template file: what it can say, and how its faults are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amplify import Context, DataError, Demonstration, Example, KeyWord, PlanError
from amplify.builtin.templates.key_words import WordedTemplate, file
from amplify.builtin.templates.options import FileTemplateOptions
from amplify.contract.options import convert

OWN = """\
{# My own. #}
{% block query %}
### Review
{{ text }}

### Verdict

{% endblock %}

{% block rationale %}
{% for word in words %}
{{ loop.index }}. {{ word }}
{% endfor %}
Hence {{ label | upper }}
{% endblock %}
{% block answer %}[{{ label }}]{% endblock %}
"""


def template(tmp_path: Path, text: str, **options: Any) -> WordedTemplate:
    (tmp_path / "own.jinja").write_text(text, encoding="utf-8")
    made = convert(FileTemplateOptions, {"path": "own.jinja", **options}, "template")
    return file(made, Context(paths=(tmp_path,)))


def shot(*words: str, rationale: str = "", id: str = "e-7") -> Demonstration:
    return Demonstration(
        Example(id, "Nice  film\n", "good"), tuple(KeyWord(w, 1.0, ()) for w in words), rationale
    )


def prompt(made: WordedTemplate, shots: list[Demonstration], instruction: str = "") -> str:
    shots = [
        Demonstration(s.example, s.words, r)
        for s, r in zip(shots, made.rationales(shots), strict=True)
    ]
    return made.shared(instruction, shots) + made.item_part(Example("t", "And?", "SECRET"))


def test_ones_own_wording_down_to_the_white_space(tmp_path: Path) -> None:
    made = template(tmp_path, OWN, max_tokens=7, stop=["\n"])
    assert prompt(made, [shot("nice", "film"), shot()], "Judge.") == (
        "Judge.\n\n"
        "### Review\nNice  film\n\n\n### Verdict\n 1. nice\n2. film\nHence GOOD [good]\n\n"
        "### Review\nNice  film\n\n\n### Verdict\n [good]\n\n"
        "### Review\nAnd?\n\n### Verdict\n"
    )
    assert (made.stop, made.max_tokens, made.prefix) == (("\n",), 7, "[")


def test_what_a_file_does_not_say_is_the_papers(tmp_path: Path) -> None:
    made = template(tmp_path, "{% block rationale %}Mind {{ listed }}.{% endblock %}")
    assert prompt(made, [shot("nice", "film")]) == (
        "Q: Nice  film\n\nA: Mind nice, and film. The answer is good.\n\nQ: And?\nA:"
    )
    # A rationale that a demonstration brings, and none at all: the same file serves those arms.
    assert "\nA: I like it. The answer is good.\n" in prompt(made, [shot(rationale="I like it.")])
    assert "\nA: The answer is good.\n" in prompt(made, [shot()])


def test_the_options_hold_for_a_file_too(tmp_path: Path) -> None:
    text = "{% block rationale %}{{ words | join('+') }}{% endblock %}"
    made = template(tmp_path, text, quotes="single", rationale="after", prefix="So", shuffled=True)
    assert "A: So good. 'b'\n" in prompt(made, [shot("a"), shot("b")])
    with pytest.raises(PlanError, match=r"own\.jinja: the option `prefix` has no place"):
        template(tmp_path, "{% block answer %}{{ label }}{% endblock %}", prefix="So")


def test_text_is_shown_as_it_is_and_never_run(tmp_path: Path) -> None:
    made = template(tmp_path, "{% block query %}{{ text }} ?{% endblock %}")
    for text in ("{{ label }}", "{% raise %}", "<b>&", "東京\u2028", "a\r\nb"):
        assert made.item_part(Example("t", text, "SECRET")) == f"{text} ?"


def test_a_query_may_differ_in_a_chat(tmp_path: Path) -> None:
    text = "{% block query %}{% if chat %}Hi. {% endif %}{{ text }}{% endblock %}"
    item = Example("t", "x", "y")
    assert template(tmp_path, text).item_part(item) == "x"
    assert template(tmp_path, text, layout="chat").item_part(item) == "Hi. x"


Q = "{% block query %}"
E = "{% endblock %}"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{Q}\n\n{{{{ text\n{E}", 4, "end of print statement"),
        (f"\n{Q}{{% for %}}{E}", 2, "Expected an expression"),
        (f"{Q}{{{{ text }}}}", 1, "endblock"),
        (f"{Q}a{E}{Q}b{E}", 1, "block 'query' is there twice"),
        (f"\n\n{Q}{{{{ text | nosuch }}}}{E}", 3, "No filter named 'nosuch'"),
        (f"{Q}{{{{ [text] | random }}}}{E}", 1, "No filter named 'random'"),
        (f"{Q}\n{{{{ label }}}}{E}", 2, "block 'query' knows no 'label'; known: text, chat"),
        (f"{Q}{{{{ self.answer() }}}}{E}", 1, "block 'query' knows no 'self'"),
        (f"{Q}{{{{ cycler(1) }}}}{E}", 1, "block 'query' knows no 'cycler'"),
        ("{% block q %}\n{% endblock %}", 1, "no block 'q'; known: query, rationale, answer"),
        (f"{Q}\n{{% block answer %}}{E}\n{E}", 2, "block 'answer' stands in block 'query'"),
        (f"{Q}a{E}\n\nfree\n", 3, "stands outside of the blocks"),
        (f"\n{{{{ text }}}}{Q}a{E}", 2, "stands outside of the blocks"),
        (f"{{% set a = 1 %}}\n{Q}a{E}", 1, "stands outside of the blocks"),
        (f"\n{Q}\nWhich?\n{E}", 2, "block 'query' does not use 'text'"),
        (f"{{% block answer %}}So it is.{E}", 1, "block 'answer' does not use 'label'"),
        ("{# nothing #}", 1, "has no block; known: query, rationale, answer"),
        (f"{Q}\n{{% include 'x' %}}{E}", 2, "cannot extend, include or import"),
        (f"{{% extends 'x' %}}\n{Q}{E}", 1, "cannot extend, include or import"),
        (f"{Q}{{{{ {'(' * 9000} }}}}{E}", 1, "nested too deeply"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(PlanError) as raised:
        template(tmp_path, text)
    assert raised.value.where == f"{tmp_path / 'own.jinja'}:{line}"
    assert said in raised.value.message
    assert "docs/how-to/templates.md" in raised.value.hint


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("words[7]", "UndefinedError: list object has no element 7"),
        ("1 / 0", "ZeroDivisionError"),
        ("label.nosuch", "UndefinedError: 'str object' has no attribute 'nosuch'"),
        ("''.__class__", "SecurityError"),
        ("text.__class__.__mro__", "SecurityError"),
        ("words.__class__.__base__.__subclasses__()", "SecurityError"),
        ("words.append('x')", "SecurityError"),
        ("words | attr('__class__')", "SecurityError"),
        ("words | map(attribute='__class__') | join", "SecurityError"),
        ("''.format.__globals__", "SecurityError"),
        ("'{0.__class__.__mro__}'.format(text)", "SecurityError"),
        ("range.__globals__", "SecurityError"),
        ("range(10 + 99999999)", "OverflowError"),
        ("9 ** 9 ** 9 ** 9", "SecurityError: '**' is not for templates"),
        ("'a' * 999999999", "SecurityError: '*' is not for templates"),
    ],
)
def test_an_expression_that_fails_or_leads_out(tmp_path: Path, expression: str, said: str) -> None:
    made = template(tmp_path, f"{{% block rationale %}}\n\nx {{{{ {expression} }}}}\n{E}")
    with pytest.raises(PlanError) as raised:
        made.rationales([shot("nice")])
    assert raised.value.where == f"{tmp_path / 'own.jinja'}:3"
    assert said in raised.value.message
    assert "block 'rationale' failed for example e-7" in raised.value.message


def test_a_text_without_end_is_stopped(tmp_path: Path) -> None:
    loops = "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}"
    made = template(tmp_path, f"{Q}{{{{ text }}}}{loops}{E}")
    with pytest.raises(PlanError, match="longer than 1,000,002 characters"):
        made.item_part(Example("t", "x", ""))
    book = "long " * 400_000
    assert (
        len(template(tmp_path, f"{Q}{{{{ text }}}}{E}").item_part(Example("t", book, "")))
        == 2_000_000
    )


def test_a_macro_that_calls_itself_is_a_fault_of_the_file(tmp_path: Path) -> None:
    calls = "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(text) }}"
    made = template(tmp_path, f"{Q}{calls}{E}")
    with pytest.raises(PlanError, match=r"own\.jinja:1: block 'query' failed .*: RecursionError"):
        made.item_part(Example("t", "x", ""))


def test_one_item_that_fails_is_named(tmp_path: Path) -> None:
    made = template(tmp_path, f"{Q}{{{{ text.split()[2] }}}}{E}")
    assert made.item_part(Example("long", "a b c", "")) == "c"
    with pytest.raises(PlanError, match=r"own\.jinja:1: block 'query' failed for example short"):
        made.item_part(Example("short", "a b", ""))


def test_a_file_that_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    options = convert(FileTemplateOptions, {"path": "owm.jinja"}, "template")
    (tmp_path / "own.jinja").write_bytes(b"ok\n\xff")
    with pytest.raises(DataError, match=r"no such file\n.*near: own\.jinja"):
        file(options, Context(paths=(tmp_path,)))
    options = convert(FileTemplateOptions, {"path": "own.jinja"}, "template")
    with pytest.raises(DataError, match=r"own\.jinja:2: is not UTF-8"):
        file(options, Context(paths=(tmp_path,)))
