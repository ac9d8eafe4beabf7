"""What comes over the wire in odd forms or sizes: one failure of one call, and little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from known.openai_words import ask
from known.raw import Raw, odd, raw, unreadable, unreadable_refusals, whole

from amplify import ProviderError

if TYPE_CHECKING:
    from known.bench import Bench

UNREADABLE = tuple(unreadable({}))
ODD = tuple(odd({}))
REFUSALS = unreadable_refusals()

LITTLE = 64_000_000
"""Bytes of memory that any answer may take; a bomb is of 200 MB, and what has no end is more."""


@pytest.fixture
def server(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Raw]:
    """A server of raw answers, which the environment names."""
    with raw() as server:
        monkeypatch.setenv(bench.vendor.url_variable, server.url + bench.vendor.base)
        yield server


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_in_which_there_is_no_reply(bench: Bench, server: Raw, name: str) -> None:
    server.answer = unreadable(bench.vendor.good())[name]
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
    server.answer = odd(bench.vendor.good())[name]
    assert bench.completion().text == "A: good"


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_whose_body_cannot_be_read(bench: Bench, server: Raw, name: str) -> None:
    server.answer, kind = REFUSALS[name]
    failure = bench.failure()
    assert failure.kind == kind
    assert failure.message.startswith("HTTP ")
    assert len(failure.message) <= 420


ODD_STEPS = {
    "HTML": b"<html>Sign in</html>",
    "nothing": b"",
    "null": b"null",
    "a list": b"[1]",
    "a text": b'"hello"',
    "deep objects": b'{"a":' * 100_000,
    "an id of 5,000 digits": b'{"id": ' + b"9" * 5000 + b"}",
    "no UTF-8": b'{"id": "\xff"}',
    "other types": b'{"id": 3, "status": 5, "request_counts": "x", "data": "x"}',
}


@pytest.mark.parametrize("name", ODD_STEPS)
def test_a_step_of_a_batch_that_is_answered_oddly(bench: Bench, server: Raw, name: str) -> None:
    server.answer = whole(ODD_STEPS[name], "connection: close")

    async def submit(provider: Any) -> None:
        with pytest.raises(ProviderError, match="no usable reply"):
            await provider.submit({"key": ask()})
        # What the SDK passes on may be read; it ends in no error but this one.
        with suppress(ProviderError):
            await provider.status("batch-1")
        with suppress(ProviderError):
            assert [one async for one in provider.fetch("batch-1")] == []

    bench.work(submit, batch=True)
    assert len(server.asked) >= 3
