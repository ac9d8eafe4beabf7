"""Calls by the real SDK to a local server: what goes up, and what is made of what comes down."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from amplify_openai.failures import duration
from known.bench import Bench
from known.openai_words import KEY, ask, chat, error, response, talk
from known.scripted import Answer

from amplify import Limits, Usage


def test_a_chat_completion(bench: Bench) -> None:
    reply = bench.completion()
    assert (reply.text, reply.stop, reply.model) == ("A: good", "end", "known-1-2026")
    assert reply.usage == Usage(120, 3, 100, 7)
    assert 0 < reply.seconds < 60
    seen = bench.service.seen[-1]
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.json == {
        "model": "known-1",
        "messages": [{"role": "user", "content": "Q: snow?\nA: bad\n\nQ: rain?\nA:"}],
        "max_tokens": 20,
        "temperature": 0.0,
        "stop": ["\n\n", "\nQ:"],
    }


def test_a_response(bench: Bench) -> None:
    bench.answering(response())
    reply = bench.completion(api="responses", system="Be brief.", reasoning_effort="low")
    assert (reply.text, reply.stop, reply.model) == ("A: good", "end", "known-1-2026")
    assert reply.usage == Usage(120, 3, 100, None)
    seen = bench.service.seen[-1]
    assert (seen.method, seen.path) == ("POST", "/v1/responses")
    assert seen.json == {
        "model": "known-1",
        "input": [{"role": "user", "content": "Q: snow?\nA: bad\n\nQ: rain?\nA:"}],
        "instructions": "Be brief.",
        "max_output_tokens": 20,
        "store": False,
        "stream": False,
        "temperature": 0.0,
        "reasoning": {"effort": "low"},
    }


def test_every_option_goes_up(bench: Bench) -> None:
    bench.completion(
        ask(stop=("a", "", "b", "c", "d", "e")),
        system="Be brief.",
        temperature=None,
        seed=7,
        reasoning_effort="low",
        reasoning_tokens=100,
        logprobs=True,
        extra={"top_k": 1, "chat_template_kwargs": {"enable_thinking": False}},
    )
    assert bench.body == {
        "model": "known-1",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Q: snow?\nA: bad\n\nQ: rain?\nA:"},
        ],
        "max_tokens": 120,
        "seed": 7,
        "reasoning_effort": "low",
        "stop": ["a", "b", "c", "d"],
        "logprobs": True,
        "top_k": 1,
        "chat_template_kwargs": {"enable_thinking": False},
    }


@pytest.mark.parametrize(("api", "kind"), [("chat", "text"), ("responses", "input_text")])
def test_the_end_of_the_shared_block_can_be_marked(bench: Bench, api: str, kind: str) -> None:
    bench.answering(chat() if api == "chat" else response())
    bench.completion(api=api, cache_breakpoint=True)
    messages = bench.body["messages" if api == "chat" else "input"]
    assert messages[0]["content"] == [
        {
            "type": kind,
            "text": "Q: snow?\nA: bad\n\n",
            "prompt_cache_breakpoint": {"mode": "explicit"},
        },
        {"type": kind, "text": "Q: rain?\nA:"},
    ]
    bench.completion(ask(shared=""), api=api, cache_breakpoint=True)
    messages = bench.body["messages" if api == "chat" else "input"]
    assert messages[0]["content"] == [{"type": kind, "text": "Q: rain?\nA:"}]


def test_a_short_reply_is_within_what_the_responses_api_takes(bench: Bench) -> None:
    bench.answering(response())
    bench.completion(ask(max_tokens=3), api="responses")
    assert bench.body["max_output_tokens"] == 16


@pytest.mark.parametrize(
    ("told", "stop"),
    [("stop", "end"), ("length", "length"), ("content_filter", "content-filter"), ("odd", "odd")],
)
def test_why_a_reply_ended(bench: Bench, told: str, stop: str) -> None:
    bench.answering(chat("go", told))
    assert bench.completion().stop == stop


def test_a_refusal_is_a_reply(bench: Bench) -> None:
    body = chat(None)
    body["choices"][0]["message"]["refusal"] = "I cannot."
    bench.answering(body)
    reply = bench.completion()
    assert (reply.text, reply.stop) == ("I cannot.", "refusal")
    bench.answering(response({"type": "refusal", "refusal": "I cannot."}))
    reply = bench.completion(api="responses")
    assert (reply.text, reply.stop) == ("I cannot.", "refusal")


def test_a_prompt_that_a_filter_holds_back_is_a_reply_without_text(bench: Bench) -> None:
    bench.answering(Answer(400, error("The response was filtered", "content_filter", "prompt")))
    reply = bench.completion()
    assert (reply.text, reply.stop, reply.model) == ("", "content-filter", "known-1")


@pytest.mark.parametrize(
    ("reason", "stop"),
    [("max_output_tokens", "length"), ("content_filter", "content-filter"), (None, "length")],
)
def test_why_a_response_is_incomplete(bench: Bench, reason: str | None, stop: str) -> None:
    bench.answering(response(status="incomplete", incomplete_details={"reason": reason}))
    assert bench.completion(api="responses").stop == stop


@pytest.mark.parametrize("text", [None, ""])
def test_tokens_that_all_went_into_reasoning_are_said(bench: Bench, text: str | None) -> None:
    bench.answering(chat(text, "length"))
    reply = bench.completion()
    assert (reply.text, reply.stop) == ("", "length")
    assert "reasoning" in reply.note


def test_stop_strings_that_the_server_passes_over_are_cut_here(bench: Bench) -> None:
    scores = {"content": [{"token": t, "logprob": -0.5} for t in ("good", "\n\n", "Q: next")]}
    bench.answering(chat("good\n\nQ: next", "length", logprobs=scores))
    reply = bench.completion(logprobs=True)
    assert (reply.text, reply.stop, reply.logprobs) == ("good", "end", (("good", -0.5),))


def test_log_probabilities_that_came_and_that_did_not(bench: Bench) -> None:
    scores = [{"token": "go", "logprob": -0.25, "bytes": [1], "top_logprobs": []}]
    bench.answering(chat("go", logprobs={"content": scores}))
    reply = bench.completion(logprobs=True)
    assert (reply.logprobs, reply.note) == ((("go", -0.25),), "")
    assert bench.completion().logprobs == ()
    for told in (None, {"content": None}, {"tokens": ["go"]}, 3):
        bench.answering(chat("go", logprobs=told))
        reply = bench.completion(logprobs=True)
        assert (reply.logprobs, reply.note) == (
            (),
            "without log-probabilities: the server gave none",
        )
    part = {"type": "output_text", "text": "go", "logprobs": scores}
    bench.answering(response(part))
    assert bench.completion(api="responses", logprobs=True).logprobs == (("go", -0.25),)
    assert bench.body["include"] == ["message.output_text.logprobs"]


@pytest.mark.parametrize("usage", [None, {}, "much", {"prompt_tokens": "many"}, [1]])
def test_a_usage_that_cannot_be_read_costs_no_reply(bench: Bench, usage: Any) -> None:
    bench.answering({**chat(), "usage": usage})
    reply = bench.completion()
    assert (reply.text, reply.usage) == ("A: good", Usage())


@pytest.mark.parametrize(
    ("told", "output"),
    [
        ({"total_tokens": 600}, 500),
        ({"reasoning_tokens": 498}, 500),
        ({"reasoning_tokens": 498, "total_tokens": 800}, 700),
        ({"reasoning_tokens": 2, "total_tokens": 102}, 2),
        ({"total_tokens": 90}, 2),
        ({"reasoning_tokens": "many", "total_tokens": True}, 2),
        ({"reasoning_tokens": -9, "total_tokens": -600}, 2),
    ],
)
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_of_counts_that_contradict_each_other_the_most_counts(
    bench: Bench, api: str, told: dict[str, Any], output: int
) -> None:
    names = {"chat": ("prompt", "completion"), "responses": ("input", "output")}[api]
    usage: dict[str, Any] = {f"{names[0]}_tokens": 100, f"{names[1]}_tokens": 2}
    usage |= {"total_tokens": told.get("total_tokens")}
    usage[f"{names[1]}_tokens_details"] = {"reasoning_tokens": told.get("reasoning_tokens")}
    bench.answering({**(chat() if api == "chat" else response()), "usage": usage})
    assert bench.completion(api=api).usage == Usage(100, output)


@pytest.mark.parametrize("message", ["Unsupported parameter: 'x'", "it"])
def test_what_a_model_refuses_is_left_out_from_then_on_and_noted(
    bench: Bench, message: str
) -> None:
    refusals = [
        Answer(400, error(message, code, field))
        for field, code in (
            ("temperature", "unsupported_value"),
            ("stop", "unsupported_parameter"),
            ("max_tokens", "unsupported_parameter"),
        )
    ]
    bench.answering(*refusals, Answer(body=chat("good\n\nQ: next")))
    first, second = bench.replies(ask(), ask())
    for reply in (first.outcome, second.outcome):
        assert reply.text == "good"  # type: ignore[union-attr]  # it is a completion, or this fails
        assert reply.note == "without temperature: the model refuses it"  # type: ignore[union-attr]  # as above
    assert len(bench.service.seen) == 5
    assert set(bench.body) == {"model", "messages", "max_completion_tokens"}


def test_stop_strings_need_not_go_up(bench: Bench) -> None:
    bench.answering(chat("good\n\nQ: next"))
    assert bench.completion(send_stop=False).text == "good"
    assert "stop" not in bench.body


def test_a_field_that_means_something_is_not_left_out(bench: Bench) -> None:
    bench.answering(Answer(400, error("Unsupported value", "unsupported_value", "model")))
    assert bench.failure().kind == "bad-request"
    both = [
        error("no", "unsupported_parameter", f) for f in ("max_tokens", "max_completion_tokens")
    ]
    bench.answering(*(Answer(400, body) for body in both))
    assert bench.failure().kind == "bad-request"
    assert len(bench.service.seen) == 3


def test_rate_limits_are_passed_on(bench: Bench) -> None:
    told = {
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-reset-tokens": "6m0.5s",
    }
    wanted = Limits(59, 149984, 1.0, 360.5)
    bench.answering(Answer(body=chat(), headers=told))
    assert bench.replies(ask())[0].limits == wanted
    bench.answering(Answer(429, error("slow down"), told))
    assert bench.replies(ask())[0].limits == wanted
    bench.answering(chat())
    assert bench.replies(ask())[0].limits is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20ms", 0.02), ("1h2m3s", 3723.0), ("2", 2.0), ("1d", 86400.0), ("soon", None), ("", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


def test_many_calls_at_once_each_get_their_own_reply(bench: Bench) -> None:
    bench.service.script = lambda seen: Answer(body=chat(seen.json["messages"][0]["content"]))

    async def work() -> list[str]:
        provider = bench.provider()
        asked = [ask(f"item {n}", shared="") for n in range(60)]
        replies = await asyncio.gather(*(provider.answer(request) for request in asked))
        await provider.close()
        return [reply.outcome.text for reply in replies]  # type: ignore[union-attr]  # completions

    assert asyncio.run(work()) == [f"item {n}" for n in range(60)]


def test_a_closed_provider_can_be_used_in_another_loop(bench: Bench) -> None:
    provider = bench.provider()

    async def work() -> str:
        reply = await provider.answer(ask())
        await provider.close()
        return reply.outcome.text  # type: ignore[union-attr]  # a completion

    assert [asyncio.run(work()) for _ in range(2)] == ["A: good", "A: good"]
    asyncio.run(provider.close())


def test_a_conversation_goes_up_turn_by_turn(bench: Bench) -> None:
    bench.completion(talk())
    turns = [
        {"role": "user", "content": "snow?"},
        {"role": "assistant", "content": "bad"},
        {"role": "user", "content": "rain?"},
    ]
    assert bench.body["messages"] == [{"role": "system", "content": "Judge."}, *turns]
    assert "stop" not in bench.body
    # One system message, as many servers take no second one.
    bench.completion(talk(), system="Be brief.")
    assert bench.body["messages"] == [
        {"role": "system", "content": "Be brief.\n\nJudge."},
        *turns,
    ]
    bench.answering(response())
    bench.completion(talk(), api="responses")
    assert (bench.body["instructions"], bench.body["input"]) == ("Judge.", turns)


@pytest.mark.parametrize(("api", "kind"), [("chat", "text"), ("responses", "input_text")])
def test_the_last_shared_question_is_marked_for_the_cache(
    bench: Bench, api: str, kind: str
) -> None:
    bench.answering(chat() if api == "chat" else response())
    bench.completion(talk(2, ""), api=api, cache_breakpoint=True)
    contents = [turn["content"] for turn in bench.body["messages" if api == "chat" else "input"]]
    mark = {"type": kind, "text": "snow?", "prompt_cache_breakpoint": {"mode": "explicit"}}
    assert contents == ["snow?", "bad", [mark], "bad", "rain?"]
    bench.completion(talk(0), api=api, cache_breakpoint=True)
    last = bench.body["messages" if api == "chat" else "input"][-1]
    assert last["content"] == "rain?"
