"""The field that an error refuses, in the words of many servers."""

from __future__ import annotations

from typing import Any

import pytest

from amplify.kit.refused_fields import refused_fields

SENT = ("max_tokens", "temperature", "stop", "seed", "logprobs", "prompt_cache_key")


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
         "'max_completion_tokens' instead.", "max_tokens"),
        ("Unsupported parameter: 'max_tokens', use temperature", "max_tokens"),
        ("UnsupportedParamsError: this model does not support temperature=0.0. Only temperature=1 "
         "is supported.", "temperature"),
        ("litellm.UnsupportedParamsError: gpt-5 models (including gpt-5-codex) don't support "
         "temperature=0.0. Only temperature=1 is supported. For gpt-5.1, temperature is supported "
         "when reasoning_effort='none' (or not specified, as it defaults to 'none'). To drop "
         "unsupported params set `litellm.drop_params = True`", "temperature"),
        ("Unsupported value: 'temperature' does not support 0.0 with this model. Only the default "
         "(1) value is supported.", "temperature"),
        ("`temperature` is deprecated for this model.", "temperature"),
        ("Argument not supported on this model: stop", "stop"),
        ("openrouter does not support parameters: ['stop']", "stop"),
        ("Stop sequences are not supported by this model", "stop"),
        ("Unrecognized request argument supplied: seed", "seed"),
        ("Unknown parameter: 'seed'.", "seed"),
        ('Invalid JSON payload received. Unknown name "seed": Cannot find field.', "seed"),
        ("Failed to deserialize the JSON body into the target type: unknown field `seed`, expected "
         "one of `max_tokens`, `temperature`, `stop` at line 1 column 99", "seed"),
        ("seed: Extra inputs are not permitted", "seed"),
        ("body.seed: extra fields not permitted", "seed"),
        ("[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not "
         "permitted', 'input': 0}]", "seed"),
        ("generate() got an unexpected keyword argument 'seed'", "seed"),
        ("Additional properties are not allowed ('prompt_cache_key' was unexpected)",
         "prompt_cache_key"),
        ("logprobs are not available on this endpoint", "logprobs"),
        ("This model doesn't support logprobs", "logprobs"),
    ],
)  # fmt: skip
def test_the_field_that_a_message_refuses(message: str, field: str) -> None:
    assert refused_fields(None, message, SENT) == (field,)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no such value",
        "max_tokens is too large: 5000. This model supports at most 4096 completion tokens.",
        "temperature must be between 0 and 1",
        "max_completion_tokens is not supported",
        "Unsupported parameter: 'top_logprobs'",
        "This model does not support images",
        "The server is overloaded, please stop sending requests at this temperature",
        "unknown error",
        "x" * 5000 + " temperature is not supported",
    ],
)
def test_a_message_that_refuses_none_of_them(message: str) -> None:
    assert refused_fields(None, message, SENT) == ()


def test_all_that_a_message_refuses() -> None:
    message = "does not support parameters: {'seed': 1, 'stop': ['x']}"
    assert set(refused_fields(None, message, SENT)) == {"seed", "stop"}


@pytest.mark.parametrize(
    "body",
    [
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "x", "input": 1}]},
        {"message": {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are forbidden"}]}},
        {"error": {"details": [{"loc": ["seed"], "msg": "extra fields not permitted"},
                               {"loc": ["temperature"], "msg": "field required"}]}},
    ],
)  # fmt: skip
def test_the_place_of_a_refusal(body: Any) -> None:
    assert refused_fields(body, "temperature is not supported", SENT) == ("seed",)


def test_places_of_other_errors_and_odd_ones_refuse_nothing() -> None:
    wrong = [{"loc": ["seed"], "msg": "not an integer"}, {"loc": [], "msg": "unsupported"}, 3, None]
    assert refused_fields({"detail": wrong}, "", SENT) == ()
    deep: Any = {"loc": ["seed"], "msg": "unsupported"}
    for _ in range(50):
        deep = [deep]
    assert refused_fields(deep, "", SENT) == ()
