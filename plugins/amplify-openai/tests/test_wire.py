"""What comes over the wire in odd forms or sizes: one failure of one call, and little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from known.openai_words import chat as good
from known.raw import Raw, odd, raw, unreadable, unreadable_refusals

if TYPE_CHECKING:
    from conftest import Bench

UNREADABLE = unreadable(good())
ODD = odd(good())
REFUSALS = unreadable_refusals()

LITTLE = 64_000_000
"""Bytes of memory that any answer may take; a bomb is of 200 MB, and what has no end is more."""


@pytest.fixture
def server(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Raw]:
    """A server of raw answers, which OPENAI_BASE_URL names."""
    with raw() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        yield server


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_in_which_there_is_no_reply(bench: Bench, server: Raw, name: str) -> None:
    server.answer = UNREADABLE[name]
    tracemalloc.start()
    failure = bench.failure()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert failure.kind in ("invalid-reply", "connection")
    assert failure.retry
    assert failure.message.isprintable()
    assert len(server.asked) == 1
    assert peak < LITTLE


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_with_a_reply_in_it(bench: Bench, server: Raw, name: str) -> None:
    server.answer = ODD[name]
    assert bench.completion().text == "A: good"


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_whose_body_cannot_be_read(bench: Bench, server: Raw, name: str) -> None:
    server.answer, kind = REFUSALS[name]
    failure = bench.failure()
    assert failure.kind == kind
    assert failure.message.startswith("HTTP ")
    assert len(failure.message) <= 420
