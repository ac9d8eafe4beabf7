"""The content of a message, part by part."""

from __future__ import annotations

from typing import Any

import pytest

from amplify.kit.content import Content, read_content


def text(said: Any) -> dict[str, Any]:
    return {"type": "text", "text": said}


THINKING = {"type": "thinking", "thinking": [text("warm, so good")]}
IMAGE = {"type": "image_url", "image_url": {"url": "data:"}}


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (None, Content()),
        ("", Content("")),
        ("good", Content("good")),
        ([], Content()),
        ([text("good")], Content("good")),
        ([text("go"), text("od")], Content("good")),
        (["go", {"type": "output_text", "text": "od"}], Content("good")),
        ([{"text": "good"}], Content("good")),
        ([text({"value": "good", "annotations": []})], Content("good")),
        (text("good"), Content("good")),
        ([THINKING, text("good")], Content("good", thought=True)),
        ([THINKING], Content(thought=True)),
        ([{"type": "redacted_thinking", "data": "x"}, text("")], Content("", thought=True)),
        ([{"type": "reasoning", "text": "warm"}], Content(thought=True)),
        ([{"type": "refusal", "refusal": "I cannot."}], Content(refusal="I cannot.")),
        ([IMAGE, text("good"), IMAGE], Content("good", others=("image_url",))),
        ([{"type": "x" * 100}, {}], Content(others=("x" * 40, "untyped"))),
    ],
)
def test_what_a_content_comes_to(content: Any, read: Content) -> None:
    assert read_content(content) == read


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (3, "its content is a number"),
        (True, "its content is a boolean"),
        ({"label": "good"}, "its content is an object"),
        ([3], "a part of its content is a number"),
        ([[text("good")]], "a part of its content is a list"),
        ([None], "a part of its content is null"),
        ([text(3)], "the text of a part of its content is a number"),
        ([text(None)], "the text of a part of its content is null"),
        ([text({"label": "good"})], "the text of a part of its content is null"),
        ([{"type": "refusal"}], "the text of a part of its content is null"),
        ([{"type": None}], "the type of a part of its content is null"),
    ],
)
def test_what_is_no_content(content: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_content(content)
