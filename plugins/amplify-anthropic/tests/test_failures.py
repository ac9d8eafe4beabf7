"""What goes wrong at the other end, each as one attempt and one plain failure."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

import pytest
from known.anthropic_words import message, problem
from known.bench import Bench
from known.openai_words import ask
from known.scripted import Answer

from amplify import Failure


@pytest.mark.parametrize(
    ("answer", "kind", "retry"),
    [
        (Answer(429, problem("slow down", "rate_limit_error")), "rate-limit", True),
        (Answer(429, problem("your spend limit is reached", "rate_limit_error")), "quota", False),
        (Answer(400, problem("Your credit balance is too low")), "quota", False),
        (Answer(402, problem("pay", "billing_error")), "quota", False),
        (Answer(403, problem("pay", "billing_error")), "quota", False),
        (Answer(400, problem("prompt is too long: 9 tokens > 8 maximum")), "too-long", False),
        (Answer(413, problem("too large", "request_too_large")), "too-long", False),
        (Answer(400, problem("odd field")), "bad-request", False),
        (Answer(401, problem("invalid x-api-key", "authentication_error")), "auth", False),
        (Answer(403, problem("not you", "permission_error")), "auth", False),
        (Answer(404, problem("model: known-9", "not_found_error")), "not-found", False),
        (Answer(404, b"<html>nothing here</html>"), "not-found", False),
        (Answer(408, problem("late", "timeout_error")), "timeout", True),
        (Answer(422, problem("odd")), "bad-request", False),
        (Answer(500, problem("broken", "api_error")), "server", True),
        (Answer(502, b"<html>bad gateway</html>"), "server", True),
        (Answer(504, problem("late", "timeout_error")), "server", True),
        (Answer(529, problem("overloaded", "overloaded_error")), "server", True),
        (Answer(500, problem("broken"), {"x-should-retry": "false"}), "server", False),
    ],
)
def test_an_error_status(bench: Bench, answer: Answer, kind: str, retry: bool) -> None:
    bench.answering(answer)
    failure = bench.failure()
    assert (failure.kind, failure.retry) == (kind, retry), failure
    assert failure.message.startswith(f"HTTP {answer.status}: ")
    assert len(bench.service.seen) == 1  # the SDK's own retries are off


def test_the_wait_that_the_server_asks_for(bench: Bench) -> None:
    for headers, seconds in (
        ({"Retry-After": "3600"}, 3600.0),
        ({"retry-after-ms": "150", "retry-after": "5"}, 0.15),
        ({}, None),
    ):
        bench.answering(Answer(529, problem("wait"), headers))
        assert bench.failure().retry_after == seconds
    date = formatdate(time.time() + 100, usegmt=True)
    bench.answering(Answer(429, problem("wait"), {"Retry-After": date}))
    assert 90 < (bench.failure().retry_after or 0) <= 101
    assert len(bench.service.seen) == 4


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b""),
        Answer(body=b'{"content": [{"type": "te'),
        Answer(body=b"null"),
        Answer(body=b"<html>Bad gateway</html>", headers={"content-type": "text/html"}),
        Answer(body={}),
        Answer(body={"content": None}),
        Answer(body=message(content=[])),
        Answer(body=message(content="text")),
        Answer(body=message(content=[{"type": "text", "text": 3}])),
        Answer(body=message(stop=None)),
        Answer(body=problem("overloaded", "overloaded_error")),
        Answer(204),
    ],
)
def test_a_success_without_a_usable_reply(bench: Bench, answer: Answer) -> None:
    bench.answering(answer)
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("invalid-reply", True)
    assert failure.message.startswith("no usable reply: ")
    assert len(bench.service.seen) == 1


def test_an_error_with_a_status_of_success_is_told(bench: Bench) -> None:
    bench.answering(problem("overloaded", "overloaded_error"))
    assert bench.failure().message.endswith("overloaded")


@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_a_connection_that_is_lost(bench: Bench, fault: str) -> None:
    bench.service.failing(fault)
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("connection", True)


def test_a_server_that_is_not_there(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("connection", True)
    assert "127.0.0.1" in failure.message
    assert type(failure) is Failure


def test_a_call_that_hangs_can_be_given_up(bench: Bench) -> None:
    bench.service.failing("hang")

    async def work() -> None:
        provider = bench.provider()
        try:
            async with asyncio.timeout(0.3):
                await provider.answer(ask())
        finally:
            await provider.close()

    with pytest.raises(TimeoutError):
        asyncio.run(work())


def test_a_prompt_that_is_no_text_is_not_sent(bench: Bench) -> None:
    failure = bench.failure(ask("half a \ud83d smiley"))
    assert (failure.kind, failure.retry) == ("bad-request", False)
    assert failure.message == "the prompt cannot be sent: surrogates not allowed"
    assert not bench.service.seen
