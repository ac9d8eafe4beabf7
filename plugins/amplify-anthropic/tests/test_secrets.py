"""The key is sent to the server, and is nowhere else."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import traceback

import pytest
from amplify_anthropic.options import AnthropicOptions
from amplify_anthropic.provider import AnthropicProvider
from known.anthropic_words import problem
from known.bench import Bench
from known.openai_words import KEY, ask
from known.scripted import Answer
from known.server import Seen

from amplify import Context, OptionError, PlanError, ProviderError
from amplify.contract.options import convert


def echo(seen: Seen) -> Answer:
    """The worst of servers: it repeats the key in what it answers."""
    told = seen.headers["authorization"]
    status = int(seen.json["model"]) if seen.body and "model" in seen.json else 401
    if status == 200:
        return Answer(200, f"<html>{told}</html>".encode(), {"request-id": told})
    return Answer(status, problem(f"no {told}", told), {"retry-after": told, "request-id": told})


@pytest.mark.parametrize("status", ["200", "400", "401", "429", "500"])
def test_a_failure_holds_no_key(bench: Bench, status: str) -> None:
    bench.service.script = echo
    (reply,) = bench.replies(ask(), model=status)
    assert bench.service.seen[-1].key == KEY
    assert KEY not in repr(reply)
    assert KEY.encode() not in pickle.dumps(reply)
    assert "[key]" in repr(reply)


def test_a_provider_shows_no_key(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        provider = bench.provider()
        await provider.answer(ask())
        shown = [repr(provider), str(vars(provider)), json.dumps(provider.identity)]
        assert not any(KEY in text for text in shown)
        with pytest.raises(TypeError):
            pickle.dumps(provider)
        try:
            raise RuntimeError("crash")
        except RuntimeError as error:
            dump = traceback.TracebackException.from_exception(error, capture_locals=True)
            assert KEY not in "".join(dump.format())
        await provider.close()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(work())
    assert caplog.records
    assert KEY not in caplog.text


def test_the_error_of_a_batch_carries_nothing_of_the_sdk(bench: Bench) -> None:
    bench.service.script = echo

    async def work() -> None:
        provider = bench.provider(batch=True)
        try:
            await provider.submit({"a": ask()})
        finally:
            await provider.close()

    with pytest.raises(ProviderError) as raised:
        asyncio.run(work())
    error: BaseException | None = raised.value
    assert "HTTP 401" in str(error)
    assert KEY.encode() not in pickle.dumps(error)
    dump = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert KEY not in "".join(dump.format())
    while error is not None:
        assert type(error).__module__.split(".")[0] == "amplify"
        error = error.__cause__ or error.__context__


def test_anthropic_needs_a_key_and_another_server_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(PlanError, match="ANTHROPIC_API_KEY is not set"):
        AnthropicProvider(AnthropicOptions(model="m"), Context())
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://localhost:11434/")
    made = AnthropicProvider(AnthropicOptions(model="m"), Context())
    assert made.identity["base_url"] == "http://localhost:11434"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://sesame@localhost")
    with pytest.raises(PlanError) as raised:
        AnthropicProvider(AnthropicOptions(model="m"), Context())
    assert "sesame" not in str(raised.value)


def test_identity_is_what_shapes_a_reply(bench: Bench) -> None:
    changes: list[dict[str, object]] = [
        {"model": "n"},
        {"system": "Be brief."},
        {"effort": "low"},
        {"thinking": "adaptive"},
        {"thinking_tokens": 5},
        {"extra": {"temperature": 0}},
    ]
    told = [json.dumps(bench.provider(**change).identity) for change in ({}, *changes)]
    assert len(set(told)) == len(changes) + 1
    for same in ({"batch": True}, {"context": 9}, {"cache": "off"}):
        assert json.dumps(bench.provider(**same).identity) == told[0]
    made = bench.provider(context=9, batch=True)
    assert (made.limit, made.count_tokens("a"), made.batch) == (9, None, True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "model"),
        ({"model": ""}, "model must not be empty"),
        ({"model": "m", "cache": "2h"}, "cache"),
        ({"model": "m", "thinking_tokens": -1}, "thinking_tokens"),
        ({"model": "m", "context": 0}, "context"),
        ({"model": "m", "temperature": 0}, "unknown option 'temperature'"),
    ],
)
def test_bad_options_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        convert(AnthropicOptions, values, "[llm]")
