"""A field that a server refuses, in whose words ever: left out, renamed or advised on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from known.bench import Bench
from known.openai_batches import Batches, line_of
from known.openai_words import KEY, ask, chat, error
from known.runs import Runs
from known.scripted import Answer
from known.server import Seen, Server

from amplify import Failure


def refusing(bench: Bench, field: str, *answers: Answer) -> None:
    """Have the service refuse every call that has the field, in these words in turn."""
    left = list(answers)

    def script(seen: Seen) -> Answer:
        if field not in seen.json:
            return Answer(body=chat())
        return left.pop(0) if len(left) > 1 else left[0]

    bench.service.script = script


AZURE = (
    "BadRequestError: Unsupported parameter: 'max_tokens' is not supported with this model. Use"
    " 'max_completion_tokens' instead."
)
VLLM = "[{'type': 'extra_forbidden', 'loc': ('body', 'stop'), 'msg': 'Extra inputs'}]"
LOC = {
    "detail": [{"type": "extra_forbidden", "loc": ["body", "stop"], "msg": "x", "input": ["\n"]}]
}
GEMINI = [{"error": {"code": 400, "message": 'Unknown name "stop": Cannot find field.'}}]


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("max_tokens", Answer(400, {"error": {"message": AZURE, "param": None, "code": "400"}})),
        ("max_tokens", Answer(400, {"error": {"message": AZURE, "param": "None"}})),
        ("max_tokens", Answer(500, {"error": {"message": f"litellm: {AZURE}", "param": ""}})),
        ("stop", Answer(400, {"code": "x", "error": "Argument not supported on this model: stop"})),
        ("stop", Answer(400, {"object": "error", "message": VLLM, "param": None})),
        ("stop", Answer(422, LOC)),
        ("stop", Answer(422, {"message": LOC})),
        ("stop", Answer(400, GEMINI)),
        ("stop", Answer(400, error("Unrecognized request argument supplied: stop"))),
        ("stop", Answer(400, error("Extra inputs are not permitted", None, "stop"))),
    ],
)
def test_a_field_that_is_named_in_any_way_is_taken_from_the_next_calls(
    bench: Bench, field: str, answer: Answer
) -> None:
    refusing(bench, field, answer)
    first, second = (reply.outcome for reply in bench.replies(ask(), ask()))
    assert first.text == second.text == "A: good"  # type: ignore[union-attr]  # no failure
    assert len(bench.service.seen) == 3
    assert ("max_completion_tokens" in bench.body) is (field == "max_tokens")


def test_what_shapes_a_reply_is_left_out_and_noted(bench: Bench) -> None:
    told = "this model does not support temperature=0.0. Only temperature=1 is supported."
    refusing(bench, "temperature", Answer(400, {"error": {"message": told, "param": "None"}}))
    assert bench.completion().note == "without temperature: the model refuses it"
    refusing(bench, "top_logprobs", Answer(400, error("Unknown parameter: 'top_logprobs'.")))
    reply = bench.completion(extra={"top_logprobs": 5})
    assert reply.note == "without top_logprobs: the model refuses it"


@pytest.mark.parametrize(
    ("options", "told", "advice"),
    [
        ({}, "does not support parameters: temperature, stop",
         "say -o llm.send_stop=false; say -o llm.temperature=null"),
        ({"reasoning_effort": "low"}, "Unknown parameter: 'reasoning_effort'",
         "say -o llm.reasoning_effort=null"),
        ({"extra": {"response_format": {"type": "text"}}}, "'response_format' is not supported",
         "take response_format out of llm.extra"),
        ({"max_tokens_field": "max_completion_tokens"}, AZURE, AZURE),
    ],
)  # fmt: skip
def test_what_is_not_left_out_is_advised_on(
    bench: Bench, options: dict[str, Any], told: str, advice: str
) -> None:
    bench.answering(Answer(400, error(told)))
    failure = bench.failure(**options)
    assert (failure.kind, failure.retry) == ("bad-request", False)
    assert advice in failure.message
    assert len(bench.service.seen) == 1


def test_a_bound_that_is_refused_by_both_names_can_be_named(bench: Bench) -> None:
    both = [error(f"Unknown parameter: '{n}'") for n in ("max_tokens", "max_completion_tokens")]
    bench.answering(*(Answer(400, body) for body in both))
    assert "llm.max_tokens_field" in bench.failure().message
    assert len(bench.service.seen) == 2
    bench.answering(chat())
    provider = bench.provider(max_tokens_field="max_new_tokens")
    assert provider.most_tokens(ask()).output == 20
    bench.completion(max_tokens_field="max_new_tokens")
    assert bench.body["max_new_tokens"] == 20
    assert "max_tokens" not in bench.body


@pytest.mark.parametrize(
    "told",
    ["max_tokens is too large: 5000. This model supports at most 4096 tokens", "no such value"],
)
def test_a_value_that_is_refused_is_no_field(bench: Bench, told: str) -> None:
    bench.answering(Answer(400, error(told)))
    assert bench.failure().message == f"HTTP 400: {told}"
    assert len(bench.service.seen) == 1


def test_a_server_that_refuses_what_was_not_sent_is_asked_once(bench: Bench) -> None:
    bench.answering(Answer(400, error("Unknown parameter: 'stop'", None, "stop")))
    assert bench.failure(send_stop=False).kind == "bad-request"
    assert len(bench.service.seen) == 1


def test_a_line_of_a_batch_that_names_the_field_in_words(bench: Bench) -> None:
    batches = Batches()
    bench.service.server.routes = {"GET /": batches.route, "POST /": batches.route}

    async def work() -> list[Failure]:
        provider = bench.provider(batch=True)
        try:
            made = await provider.submit({"a": ask()})
            refusal = error("this model does not support temperature=0.0")
            batches.finish("completed", line_of("a", refusal, 400))
            return [outcome async for _, outcome in provider.fetch(made)]  # type: ignore[misc]  # declared as a coroutine or an iterator
        finally:
            await provider.close()

    (failure,) = asyncio.run(work())
    assert failure.retry
    assert failure.message.endswith("; say -o llm.temperature=null")


@pytest.mark.once
def test_each_request_without_a_field_counts_for_a_cap(tmp_path: Path) -> None:
    def answer(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        for field in ("temperature", "stop", "max_tokens"):
            if field in seen.json:
                told = error(f"Unsupported parameter: '{field}'", "unsupported_parameter", field)
                return 400, {}, json.dumps(told).encode()
        return 200, {}, json.dumps(chat("good")).encode()

    with Server(routes={"POST /": answer}) as server:
        runs = Runs(tmp_path, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"})
        runs.write('use = "openai"\nmodel = "known-1"', 6)
        for cap in (2, 6, 20):  # each process learns the three fields anew
            more = ("plan.toml",) if cap == 2 else ("--resume",)
            code, told = runs.run("run", *more, "--out", "out", "--max-calls", str(cap))
            assert len(server.seen) == cap, told
        assert code == 0, told
