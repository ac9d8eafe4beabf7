"""What the plugin needs to be made, and what it says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from amplify_anthropic.options import AnthropicOptions
from amplify_anthropic.provider import AnthropicProvider

from amplify import Context, OptionError, PlanError
from amplify.contract.options import convert

if TYPE_CHECKING:
    from known.bench import Bench


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
