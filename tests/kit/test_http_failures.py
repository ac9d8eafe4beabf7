"""What HTTP services have in common, by hand."""

from __future__ import annotations

import pytest

from amplify import Completion, PlanError
from amplify.kit.address import on_this_machine, service_address
from amplify.kit.http_failures import (
    MOST,
    http_failure,
    moved,
    one_line,
    retry_after,
    unanswered,
    unusable_reply,
)

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:07 GMT"}, 7.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "150", "retry-after": "5"}, 0.15),
        ({"retry-after-ms": "x", "retry-after": "5"}, 5.0),
        ({"retry-after": "1800000060"}, 60.0),  # a time since 1970
        ({"retry-after": "1800000060000"}, 60.0),  # the same in milliseconds
        ({"retry-after-ms": "1800000060000"}, 60.0),
        ({"retry-after": "1700000000"}, 0.0),  # a time that is over
        ({"retry-after": "1893456000"}, None),  # a time in years
        ({"retry-after": "1e308"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "Thu, 15 Jan 2037 08:00:00 GMT"}, None),
        ({"retry-after": "Xxx, 99 Foo 99999 1:1:1"}, None),
        ({"retry-after": "5, 10, 7"}, 10.0),  # the header came three times
        ({"retry-after": "5, soon"}, None),
        ({"retry-after": ","}, None),
    ],
)
def test_the_wait_that_headers_ask_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "kind", "retry"),
    [
        (400, "bad-request", False),
        (401, "auth", False),
        (402, "quota", False),
        (403, "auth", False),
        (404, "not-found", False),
        (408, "timeout", True),
        (409, "server", True),
        (413, "too-long", False),
        (422, "bad-request", False),
        (429, "rate-limit", True),
        (500, "server", True),
        (503, "server", True),
        (529, "server", True),
    ],
)
def test_what_a_status_stands_for(status: int, kind: str, retry: bool) -> None:
    found = http_failure(status, "no", {"retry-after": "4"})
    assert (found.kind, found.retry, found.retry_after) == (kind, retry, 4.0)
    assert found.message == f"HTTP {status}: no"


def test_a_server_that_says_whether_to_retry_is_obeyed() -> None:
    assert not http_failure(500, "", {"x-should-retry": "false"}).retry
    assert http_failure(400, "", {"x-should-retry": "true"}).retry
    assert not http_failure(429, "", {}, "quota").retry


def test_a_message_is_one_short_line() -> None:
    assert one_line(" a\n\tb\x1b[31mc\u2028d ") == "a b [31mc d"
    assert len(one_line("x" * 9999)) == MOST


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"error": {"message": "overloaded"}}', "status of success: overloaded"),
        (b'{"error": "broken"}', "status of success: broken"),
        (b"<html>Bad gateway</html>", "begins with '<html>Bad gateway</html>'"),
        (b"", "no usable reply: why"),
        (b"[1]", "begins with '[1]'"),
        (b"\xff\xfe", "begins with"),
        (b'{"error": null}', "begins with"),
    ],
)
def test_a_success_that_is_none_is_described(content: bytes, told: str) -> None:
    found = unusable_reply("why", content)
    assert (found.kind, found.retry) == ("invalid-reply", True)
    assert told in found.message


def test_brackets_in_brackets_are_described_too() -> None:
    assert "begins with '[[[[" in unusable_reply("why", b"[" * 200_000).message
    assert not unusable_reply("why", retry=False).retry


ASKED = "http://127.0.0.1:8000/v1/chat/completions"


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://localhost:8000/v1", "to http://localhost:8000, which got nothing of it"),
        ("https://127.0.0.1:8000/v1", "to https://127.0.0.1:8000, which"),
        ("//other.example/v1", "to http://other.example, which"),
        ("https://[::1]:9/x", "to https://[::1]:9, which"),
        ("https://user:sesame@other.example:443/sesame?key=sesame", "to https://other.example, "),
        ("/v2/chat/completions?key=sesame", "to its /v2/chat/completions, which did not get it"),
        ("http://127.0.0.1:8000/x", "to its /x, which"),
        ("http://[::1", "and does not say where to"),
        ("ftp://other.example", "and does not say where to"),
        ("http://x:port", "and does not say where to"),
    ],
)
def test_a_redirect_names_both_hosts_and_no_secret(location: str, told: str) -> None:
    failure = moved(307, ASKED, location, "say so")
    assert (failure.kind, failure.retry) == ("not-found", False)
    assert failure.message.startswith("HTTP 307: http://127.0.0.1:8000 redirects the call")
    assert failure.message.endswith("; if the service has moved, say so")
    assert told in failure.message
    assert "sesame" not in failure.message


def test_a_redirect_moves_no_cursor() -> None:
    assert moved(307, ASKED, "http://a\u202eb\x1b[31m/", "x").message.isprintable()


def test_a_call_without_an_answer_is_known_by_its_first_cause() -> None:
    outer = RuntimeError("Connection error.")
    outer.__cause__ = ConnectionRefusedError("refused")
    assert unanswered(outer).kind == "connection"
    assert "refused" in unanswered(outer).message
    outer.__cause__ = TimeoutError()
    assert (unanswered(outer).kind, unanswered(outer).retry) == ("timeout", True)
    assert "TimeoutError" in unanswered(outer).message


def test_a_reply_ends_before_the_first_stop_string() -> None:
    reply = Completion(
        "one\n\ntwo Q: 3", "m", "length", logprobs=(("one", -1.0), ("\n\ntwo", -2.0))
    )
    cut = reply.until(("Q:", "\n\n", ""))
    assert (cut.text, cut.stop, cut.logprobs) == ("one", "end", (("one", -1.0),))
    assert reply.until(("never",)) is reply
    assert Completion("no\n", "m", "refusal").until(("\n",)).stop == "refusal"


def test_equal_addresses_look_equal() -> None:
    wanted = "http://localhost:8000/v1"
    for url in (wanted, " HTTP://LocalHost:8000/v1/ ", "http://localhost:8000/v1//"):
        assert service_address(url, "here") == wanted
    assert service_address("https://[::1]:80/", "here") == "https://[::1]:80"


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://x",
        "http://",
        "",
        "http://x:port",
        "http://[::1",
        "http://user:sesame@x/v1",
        "https://x/v1?key=sesame",
        "https://x/v1#sesame",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(PlanError) as raised:
        service_address(url, "[llm] base_url")
    assert "sesame" not in str(raised.value)
    assert raised.value.where == "[llm] base_url"


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.9", True),
        ("http://[::1]:8000", True),
        ("http://a.localhost", True),
        ("http://10.0.0.1", False),
        ("https://api.openai.com/v1", False),
        ("http://localhost.example.com", False),
    ],
)
def test_what_is_on_this_machine(url: str, here: bool) -> None:
    assert on_this_machine(url) is here
