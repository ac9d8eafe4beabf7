"""Where calls go, with which key, and what is refused before any is made."""

from __future__ import annotations

import json

import pytest
from amplify_openai.options import OpenAIOptions
from amplify_openai.provider import OpenAIProvider
from amplify_openai.servers import HOSTED, OTHER, Server, choose_server
from known.openai_words import KEY

from amplify import Context, OptionError, PlanError
from amplify.contract.options import convert

NAMES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AMPLIFY_SERVER_KEY", "OPENAI_CUSTOM_HEADERS")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def chosen(**options: object) -> Server:
    return choose_server(convert(OpenAIOptions, {"model": "m", **options}, "[llm]"))


def key(server: Server) -> str | None:
    return server.key.reveal() if server.key else None


def test_openai_is_the_default_and_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlanError, match="OPENAI_API_KEY is not set"):
        chosen()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = chosen()
    assert (server.base_url, server.kind, key(server)) == ("https://api.openai.com/v1", HOSTED, KEY)
    assert not server.local
    assert server.kind.most_tokens == "max_completion_tokens"
    regional = chosen(base_url="https://eu.api.openai.com/v1")
    assert (regional.kind, key(regional)) == (HOSTED, KEY)


@pytest.mark.parametrize(
    ("kind", "port"),
    [
        ("vllm", 8000),
        ("ollama", 11434),
        ("llama-cpp", 8080),
        ("lm-studio", 1234),
        ("transformers-serve", 8000),
    ],
)
def test_a_server_of_ones_own_needs_no_key(kind: str, port: int) -> None:
    server = chosen(server=kind)
    assert server.base_url == f"http://localhost:{port}/v1"
    assert (server.local, server.key) == (True, None)
    assert server.kind.most_tokens == "max_tokens"
    assert chosen(server=kind, base_url="http://10.0.0.1/v1").kind == server.kind


def test_the_environment_names_a_server_and_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://proxy.example.com/v1/")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = chosen()
    assert (server.base_url, server.kind) == ("https://proxy.example.com/v1", OTHER)
    assert key(server) == KEY
    assert key(chosen(base_url="https://PROXY.example.com/v1")) == KEY


def test_a_plan_cannot_send_a_key_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    elsewhere = [
        chosen(base_url="https://api.openai.com.example.com/v1"),
        chosen(base_url="https://example.com/api.openai.com/v1"),
        chosen(server="ollama"),
    ]
    assert [server.key for server in elsewhere] == [None, None, None]
    monkeypatch.setenv("AMPLIFY_SERVER_KEY", "own")
    assert key(chosen(base_url="https://example.com/v1")) == "own"
    assert key(chosen()) == KEY
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Token: {KEY}")
    with pytest.raises(PlanError, match="OPENAI_CUSTOM_HEADERS") as raised:
        chosen(base_url="https://example.com/v1")
    assert KEY not in str(raised.value)
    chosen()


@pytest.mark.parametrize(
    "url", ["api.openai.com", "https://sesame@example.com/v1", "http://api.openai.com/v1"]
)
def test_bad_addresses_are_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(PlanError) as raised:
        chosen(base_url=url)
    assert "sesame" not in str(raised.value)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(PlanError):
        chosen()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "model"),
        ({"model": " "}, "model must not be empty"),
        ({"model": "m", "temperature": 3}, "temperature is 0 to 2"),
        ({"model": "m", "api": "completions"}, "api"),
        ({"model": "m", "server": "vlm"}, "server"),
        ({"model": "m", "api": "responses", "seed": 1}, "takes no seed"),
        ({"model": "m", "reasoning_tokens": -1}, "reasoning_tokens"),
        ({"model": "m", "context": 0}, "context"),
        ({"model": "m", "temprature": 1}, "did you mean 'temperature'"),
    ],
)
def test_bad_options_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        convert(OpenAIOptions, values, "[llm]")


def identity(**options: object) -> str:
    values = {"model": "m", "base_url": "http://localhost:1/v1", **options}
    made = OpenAIProvider(convert(OpenAIOptions, values, "[llm]"), Context())
    return json.dumps(made.identity, sort_keys=True)


def test_identity_is_what_shapes_a_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPLIFY_SERVER_KEY", KEY)
    told = identity()
    changes: list[dict[str, object]] = [
        {"model": "n"},
        {"base_url": "http://localhost:2/v1"},
        {"api": "responses"},
        {"system": "Be brief."},
        {"temperature": None},
        {"temperature": 0.5},
        {"seed": 0},
        {"reasoning_effort": "low"},
        {"reasoning_tokens": 5},
        {"logprobs": True},
        {"extra": {"top_k": 1}},
    ]
    others = [identity(**change) for change in changes]
    assert len({told, *others}) == len(changes) + 1
    same: list[dict[str, object]] = [
        {"base_url": "http://LOCALHOST:1/v1/"},
        {"batch": True},
        {"context": 9},
        {"cache_breakpoint": True},
    ]
    assert {identity(**change) for change in same} == {told}
    assert not any("sesame" in text for text in (told, *others))


def test_limit_and_tokens_are_what_the_options_give() -> None:
    options = OpenAIOptions(model="m", server="vllm", context=4096)
    made = OpenAIProvider(options, Context())
    assert (made.limit, made.count_tokens("rain")) == (4096, None)
    assert (made.warms, made.batch) == (True, False)
    with pytest.raises(PlanError, match=r"tokenizer\.json|not installed"):
        OpenAIProvider(OpenAIOptions(model="m", server="vllm", tokenizer="nowhere"), Context())
