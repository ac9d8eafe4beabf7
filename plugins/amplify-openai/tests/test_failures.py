"""What goes wrong at the other end, each as one attempt and one plain failure."""

from __future__ import annotations

import asyncio
import pickle
import time
from email.utils import formatdate
from typing import Any

import pytest
from known.bench import Bench
from known.openai_words import ask, chat, error, response
from known.scripted import Answer

from amplify import Failure

HTML = Answer(
    body=b"<html><body>502 Bad Gateway</body></html>", headers={"content-type": "text/html"}
)


@pytest.mark.parametrize(
    ("answer", "kind", "retry"),
    [
        (Answer(429, error("slow down", "rate_limit_exceeded")), "rate-limit", True),
        (Answer(429, error("no credit", "insufficient_quota")), "quota", False),
        (Answer(429, error("200 requests per day (RPD)", "rate_limit_exceeded")), "quota", False),
        (Answer(402, error("pay")), "quota", False),
        (Answer(400, error("too long", "context_length_exceeded", "messages")), "too-long", False),
        (Answer(400, error("maximum context length is 8 tokens")), "too-long", False),
        (Answer(400, {"error": {"code": 400, "message": "request (9 tokens) exceeds the available "
            "context size", "type": "exceed_context_size_error"}}), "too-long", False),
        (Answer(400, {"object": "error", "message": "This model's maximum context length is 8",
            "code": 400}), "too-long", False),
        (Answer(413, b"<html>too large</html>"), "too-long", False),
        (Answer(400, error("no such value")), "bad-request", False),
        (Answer(401, error("wrong key", "invalid_api_key")), "auth", False),
        (Answer(403, error("not you")), "auth", False),
        (Answer(404, error("no such model", "model_not_found")), "not-found", False),
        (Answer(400, error("no such model", "model_not_found")), "not-found", False),
        (Answer(404, {"detail": "Not Found"}), "not-found", False),
        (Answer(422, {"detail": [{"msg": "odd field"}]}), "bad-request", False),
        (Answer(408, error("late")), "timeout", True),
        (Answer(409, error("conflict")), "server", True),
        (Answer(500, error("broken")), "server", True),
        (Answer(502, b"<html>bad gateway</html>"), "server", True),
        (Answer(503, b""), "server", True),
        (Answer(529, error("overloaded")), "server", True),
        (Answer(500, error("broken"), {"x-should-retry": "false"}), "server", False),
    ],
)  # fmt: skip
def test_an_error_status(bench: Bench, answer: Answer, kind: str, retry: bool) -> None:
    bench.answering(answer)
    failure = bench.failure()
    assert (failure.kind, failure.retry) == (kind, retry), failure
    assert failure.message.startswith(f"HTTP {answer.status}: ")
    assert len(bench.service.seen) == 1  # the SDK's own retries are off


def test_what_the_server_says_is_told(bench: Bench) -> None:
    bench.answering(Answer(401, error("wrong\n key")))
    assert bench.failure().message == "HTTP 401: wrong key"
    bench.answering(Answer(422, {"detail": [{"msg": "odd field"}]}))
    assert "odd field" in bench.failure().message
    bench.answering(Answer(400, {"error": "plain text"}))
    assert bench.failure().message == "HTTP 400: plain text"
    bench.answering(Answer(500, {"error": None}))
    assert bench.failure().message == "HTTP 500: no reason given"


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_the_server_asks_for(bench: Bench, status: int) -> None:
    for headers, seconds in (
        ({"Retry-After": "3600"}, 3600.0),
        ({"retry-after-ms": "150", "retry-after": "5"}, 0.15),
        ({}, None),
    ):
        bench.answering(Answer(status, error("wait"), headers))
        assert bench.failure().retry_after == seconds
    date = formatdate(time.time() + 100, usegmt=True)
    bench.answering(Answer(status, error("wait"), {"Retry-After": date}))
    assert 90 < (bench.failure().retry_after or 0) <= 101
    assert len(bench.service.seen) == 4


def broken(**change: Any) -> Answer:
    """A chat completion whose first choice is changed."""
    body = chat()
    body["choices"][0].update(change)
    return Answer(body=body)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b""),
        Answer(body=b'{"choices": [{"message": {"con'),
        Answer(body=b"\xff\xfe\x00"),
        Answer(body=b"null"),
        Answer(body=[1, 2]),
        HTML,
        Answer(body={}),
        Answer(body={"choices": None}),
        Answer(body={"choices": []}),
        Answer(body={"choices": "zzz"}),
        Answer(body={"error": {"message": "overloaded"}}),
        broken(message=None),
        broken(message={"role": "assistant"}),
        broken(message={"content": 3}),
        broken(message={"content": None}, finish_reason="tool_calls"),
        broken(finish_reason=None),
        broken(finish_reason=3),
        Answer(204),
    ],
)
def test_a_success_without_a_usable_reply(bench: Bench, answer: Answer) -> None:
    bench.answering(answer)
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("invalid-reply", True)
    assert failure.message.startswith("no usable reply: ")
    assert len(bench.service.seen) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "invalid-reply"),
        (response(status="in_progress"), "invalid-reply"),
        ({**response(), "output": []}, "invalid-reply"),
        ({**response(), "output": None}, "invalid-reply"),
        (response(status="failed", error={"code": "server_error", "message": "x"}), "server"),
        (response(status="failed", error={"code": "rate_limit_exceeded"}), "rate-limit"),
    ],
)
def test_a_response_without_a_usable_reply(bench: Bench, body: dict[str, Any], kind: str) -> None:
    bench.answering(body)
    failure = bench.failure(api="responses")
    assert (failure.kind, failure.retry) == (kind, True)


def test_a_stream_where_a_reply_was_asked_for(bench: Bench) -> None:
    stream = b'event: response.created\ndata: {"type": "response.created"}\n\n'
    bench.answering(Answer(body=stream, headers={"content-type": "text/event-stream"}))
    assert bench.failure(api="responses").kind == "invalid-reply"


def test_a_body_that_is_cut(bench: Bench) -> None:
    bench.service.failing("cut")
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("connection", True)


def test_a_connection_that_is_dropped(bench: Bench) -> None:
    bench.service.failing("reset")
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("connection", True)


def test_a_server_that_is_not_there(bench: Bench) -> None:
    failure = bench.failure(base_url="http://127.0.0.1:9/v1")
    assert (failure.kind, failure.retry) == ("connection", True)
    assert "127.0.0.1" in failure.message


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


def test_a_proxy_is_not_asked_for_a_server_on_this_machine(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert bench.completion().text == "A: good"


def test_a_failure_is_plain_data(bench: Bench) -> None:
    bench.answering(Answer(429, error("slow down")))
    failure = bench.failure()
    assert type(failure) is Failure
    assert pickle.loads(pickle.dumps(failure)) == failure  # noqa: S301  # our own


def test_a_prompt_that_is_no_text_is_not_sent(bench: Bench) -> None:
    failure = bench.failure(ask("half a \ud83d smiley"))
    assert (failure.kind, failure.retry) == ("bad-request", False)
    assert failure.message == "the prompt cannot be sent: surrogates not allowed"
    assert not bench.service.seen
