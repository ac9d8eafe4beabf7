"""What a call takes at most is read off the body that is sent, whatever is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from known.bench import Bench
from known.openai_words import ask, chat, talk


@pytest.fixture
def words(tmp_path: Path) -> str:
    """A tokenizer.json by which each word is a token."""
    library = pytest.importorskip("tokenizers")
    made = library.Tokenizer(library.models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = library.pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    return str(tmp_path)


SYSTEM = "You are a careful judge of the weather. " * 20


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize(
    ("options", "output"),
    [
        ({}, 20),
        ({"reasoning_tokens": 4000}, 4020),
        ({"reasoning_tokens": 4000, "reasoning_effort": "high"}, 4020),
        ({"extra": {"n": 3}, "reasoning_tokens": 80}, 300),
        ({"extra": {"max_tokens": 7000, "max_output_tokens": 7000}}, 7000),
    ],
)
def test_a_reply_takes_what_the_body_allows_it(
    bench: Bench, api: str, options: dict[str, Any], output: int
) -> None:
    found = bench.provider(api=api, **options).most_tokens(ask())
    assert found.output == output


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"system": SYSTEM},
        {"system": SYSTEM, "api": "responses"},
        {"extra": {"tools": [{"type": "function", "function": {"name": "x" * 3000}}]}},
        {"cache_breakpoint": True},
    ],
)
def test_without_a_tokenizer_every_byte_that_is_sent_may_be_a_token(
    bench: Bench, options: dict[str, Any]
) -> None:
    bench.answering(chat())
    for request in (ask("Q: 雨ですか?\nA:"), talk(3)):
        found = bench.provider(**options).most_tokens(request)
        bench.replies(request, **options)
        sent = bench.service.seen[-1].json
        assert found.input > len(json.dumps(sent, ensure_ascii=False).encode())


def test_a_tokenizer_counts_the_system_message_too(bench: Bench, words: str) -> None:
    plain = bench.provider(tokenizer=words)
    told = bench.provider(tokenizer=words, system=SYSTEM)
    request = ask()
    counted = plain.count_tokens(request.prompt.text)
    assert counted is not None
    assert counted < plain.most_tokens(request).input < counted + 100
    more = told.most_tokens(request).input - plain.most_tokens(request).input
    assert more >= (told.count_tokens(SYSTEM) or 0) > 100


def test_a_prompt_that_cannot_be_sent_has_a_bound(bench: Bench) -> None:
    assert bench.provider().most_tokens(ask("\ud800")).input > 0
