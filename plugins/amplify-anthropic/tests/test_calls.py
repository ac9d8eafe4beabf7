"""Calls by the real SDK to a local server: what goes up, and what is made of what comes down."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from amplify_anthropic.failures import limits
from known.anthropic_words import message, problem
from known.bench import Bench
from known.openai_words import KEY, ask, talk
from known.scripted import Answer

from amplify import Limits, Usage


def test_a_message(bench: Bench) -> None:
    reply = bench.completion()
    assert (reply.text, reply.stop, reply.model) == ("A: good", "end", "known-1-2026")
    assert reply.usage == Usage(input=120, output=3, cached=100, written=7)
    assert 0 < reply.seconds < 60
    seen = bench.service.seen[-1]
    assert (seen.method, seen.path, seen.key) == ("POST", "/v1/messages", KEY)
    assert "anthropic-version" in seen.headers
    mark = {"type": "ephemeral", "ttl": "5m"}
    assert seen.json == {
        "model": "known-1",
        "max_tokens": 20,
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Q: snow?\nA: bad\n\n", "cache_control": mark},
                    {"type": "text", "text": "Q: rain?\nA:"},
                ],
            }
        ],
        "stop_sequences": ["\nQ:"],  # one of white space alone is refused
    }


def test_every_option_goes_up(bench: Bench) -> None:
    bench.completion(
        ask(stop=("\n", " ")),
        system="Be brief.",
        cache="1h",
        effort="low",
        thinking="disabled",
        thinking_tokens=100,
        extra={"temperature": 0, "metadata": {"user_id": "x"}},
    )
    content = bench.body.pop("messages")[0]["content"]
    assert content[0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert {k: v for k, v in bench.body.items() if k != "messages"} == {
        "model": "known-1",
        "max_tokens": 120,
        "system": "Be brief.",
        "output_config": {"effort": "low"},
        "thinking": {"type": "disabled"},
        "temperature": 0,
        "metadata": {"user_id": "x"},
    }


def test_more_tokens_than_the_sdk_takes_without_a_time_limit(bench: Bench) -> None:
    bench.completion(thinking_tokens=64_000)
    assert bench.body["max_tokens"] == 64_020


@pytest.mark.parametrize(
    ("shared", "own"), [("", "Q: rain?"), (" \n", "Q: rain?"), ("Q: rain?", "\n")]
)
def test_blank_parts_are_refused_by_the_api_and_not_sent(
    bench: Bench, shared: str, own: str
) -> None:
    bench.completion(ask(own, shared))
    assert bench.body["messages"][0]["content"] == [{"type": "text", "text": shared + own}]


def test_the_cache_can_be_left_alone(bench: Bench) -> None:
    bench.completion(cache="off")
    assert bench.body["messages"][0]["content"] == [
        {"type": "text", "text": "Q: snow?\nA: bad\n\n"},
        {"type": "text", "text": "Q: rain?\nA:"},
    ]
    assert not bench.provider(cache="off").warms
    assert bench.provider().warms


@pytest.mark.parametrize(
    ("told", "stop"),
    [
        ("end_turn", "end"),
        ("stop_sequence", "end"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "pause_turn"),
    ],
)
def test_why_a_reply_ended(bench: Bench, told: str, stop: str) -> None:
    bench.answering(message("go", told))
    assert bench.completion().stop == stop


def test_a_refusal_may_be_without_content(bench: Bench) -> None:
    bench.answering(message(content=[], stop="refusal"))
    reply = bench.completion()
    assert (reply.text, reply.stop) == ("", "refusal")


def test_tokens_that_all_went_into_thinking_are_said(bench: Bench) -> None:
    bench.answering(message(None, "max_tokens"))
    reply = bench.completion()
    assert (reply.text, reply.stop) == ("", "length")
    assert "thinking" in reply.note


def test_texts_are_joined_and_cut_at_stop_strings_of_white_space(bench: Bench) -> None:
    parts = [{"type": "text", "text": t} for t in ("go", "od\n\nQ: ne", "xt")]
    bench.answering(message(content=parts, stop="max_tokens"))
    reply = bench.completion()
    assert (reply.text, reply.stop) == ("good", "end")


@pytest.mark.parametrize("usage", [None, {}, "much", {"input_tokens": "many"}])
def test_a_usage_that_cannot_be_read_costs_no_reply(bench: Bench, usage: Any) -> None:
    bench.answering(message(usage=usage))
    reply = bench.completion()
    assert (reply.text, reply.usage) == ("A: good", Usage())


@pytest.mark.parametrize("field", ["cache_creation", "cache_read"])
def test_a_count_below_zero_takes_nothing_from_the_others(bench: Bench, field: str) -> None:
    told = {"input_tokens": 10, "output_tokens": 2, f"{field}_input_tokens": -5}
    bench.answering(message(usage=told))
    assert bench.completion().usage.input is None


def test_usage_without_a_cache(bench: Bench) -> None:
    bench.answering(message(usage={"input_tokens": 5, "output_tokens": 1}))
    assert bench.completion().usage == Usage(5, 1)


def test_rate_limits_are_passed_on(bench: Bench) -> None:
    then = datetime.fromtimestamp(time.time() + 60, UTC).isoformat().replace("+00:00", "Z")
    told = {
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": then,
        "anthropic-ratelimit-tokens-remaining": "5000",
        "anthropic-ratelimit-input-tokens-remaining": "4000",
        "anthropic-ratelimit-output-tokens-remaining": "800",
        "anthropic-ratelimit-output-tokens-reset": then,
    }
    for answer in (
        Answer(body=message(), headers=told),
        Answer(429, problem("slow down", "rate_limit_error"), told),
    ):
        bench.answering(answer)
        found = bench.replies(ask())[0].limits
        assert found is not None
        assert (found.requests_left, found.tokens_left) == (49, 800)
        assert 50 < (found.requests_reset or 0) <= 60
        assert 50 < (found.tokens_reset or 0) <= 60
    bench.answering(message())
    assert bench.replies(ask())[0].limits is None
    odd = {"anthropic-ratelimit-requests-remaining": "x", "anthropic-ratelimit-tokens-reset": "y"}
    assert limits(odd) is None
    assert limits({**odd, "anthropic-ratelimit-requests-remaining": "3"}) == Limits(3)


def test_many_calls_at_once_each_get_their_own_reply(bench: Bench) -> None:
    bench.service.script = lambda seen: Answer(body=message(seen.prompt))

    async def work() -> list[str]:
        provider = bench.provider()
        asked = [ask(f"item {n}", shared="") for n in range(60)]
        replies = await asyncio.gather(*(provider.answer(request) for request in asked))
        await provider.close()
        return [reply.outcome.text for reply in replies]  # type: ignore[union-attr]  # completions

    assert asyncio.run(work()) == [f"item {n}" for n in range(60)]


def test_a_conversation_is_marked_where_its_shared_turns_end(bench: Bench) -> None:
    bench.completion(talk(2), cache="1h")
    mark = {"type": "ephemeral", "ttl": "1h"}
    assert bench.body["system"] == "Judge."
    assert bench.body["messages"] == [
        {"role": "user", "content": "snow?"},
        {"role": "assistant", "content": "bad"},
        {"role": "user", "content": "snow?"},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "bad", "cache_control": mark}],
        },
        {"role": "user", "content": "rain?"},
    ]
    assert "stop_sequences" not in bench.body


def test_a_system_message_that_is_all_that_is_shared_is_marked(bench: Bench) -> None:
    bench.completion(talk(0), system="Be brief.")
    mark = {"type": "ephemeral", "ttl": "5m"}
    text = "Be brief.\n\nJudge."
    assert bench.body["system"] == [{"type": "text", "text": text, "cache_control": mark}]
    assert bench.body["messages"] == [{"role": "user", "content": "rain?"}]


def test_nothing_is_marked_where_the_cache_is_off(bench: Bench) -> None:
    for shown in (0, 1):
        bench.completion(talk(shown), cache="off")
        assert bench.body["system"] == "Judge."
        assert all(isinstance(turn["content"], str) for turn in bench.body["messages"])
    bench.completion(talk(0, ""), system="Be brief.")
    assert bench.body["system"] == "Be brief."
