"""What a call takes at most is read off the body that is sent, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from known.bench import Bench
from known.openai_words import ask, talk

TOOL = {"name": "look", "input_schema": {"type": "object", "description": "x" * 3000}}


@pytest.mark.parametrize(
    ("options", "output"),
    [
        ({}, 20),
        ({"thinking_tokens": 4000}, 4020),
        ({"thinking_tokens": 4000, "thinking": "adaptive", "effort": "max"}, 4020),
        ({"extra": {"max_tokens": 9000}}, 9000),
    ],
)
def test_a_reply_takes_what_the_body_allows_it(
    bench: Bench, options: dict[str, Any], output: int
) -> None:
    assert bench.provider(**options).most_tokens(ask()).output == output


@pytest.mark.parametrize(
    ("options", "more"),
    [({}, 0), ({"system": "Judge the weather. " * 99}, 0), ({"extra": {"tools": [TOOL]}}, 1000)],
)
def test_every_byte_that_is_sent_may_be_a_token(
    bench: Bench, options: dict[str, Any], more: int
) -> None:
    for request in (ask("Q: 雨ですか?\nA:"), talk(3), ask("\ud800")):
        assert bench.provider(**options).most_tokens(request).input > more
    for request in (ask("Q: 雨ですか?\nA:"), talk(3)):
        found = bench.provider(**options).most_tokens(request)
        bench.replies(request, **options)
        assert found.input > len(json.dumps(bench.body, ensure_ascii=False).encode()) + more
