"""A field that a server like Anthropic's refuses is advised on."""

from __future__ import annotations

from typing import Any

import pytest
from known.anthropic_words import message, problem
from known.bench import Bench
from known.openai_words import ask
from known.scripted import Answer


@pytest.mark.parametrize(
    ("options", "told", "advice"),
    [
        ({}, "messages.0.content.0.text.cache_control.ttl: Extra inputs are not permitted",
         "say -o llm.cache=off"),
        ({"thinking": "adaptive"}, "thinking is not supported by this model",
         "say -o llm.thinking=null"),
        ({"effort": "high"}, "output_config: Extra inputs are not permitted",
         "say -o llm.effort=null"),
        ({}, "does not support thinking, stop_sequences",
         "say -o llm.send_stop=false; say -o llm.thinking=null"),
    ],
)  # fmt: skip
def test_how_a_field_is_left_out_is_told(
    bench: Bench, options: dict[str, Any], told: str, advice: str
) -> None:
    bench.answering(Answer(400, problem(told)))
    failure = bench.failure(**options)
    assert (failure.kind, failure.retry) == ("bad-request", False)
    assert failure.message == f"HTTP 400: {told}; {advice}"


def test_stop_strings_that_are_refused_are_left_out_from_then_on(bench: Bench) -> None:
    refusal = Answer(400, problem("stop_sequences: Extra inputs are not permitted"))
    bench.answering(refusal, message("good\n\nQ: next"))
    first, second = (reply.outcome for reply in bench.replies(ask(), ask()))
    assert first.text == second.text == "good"  # type: ignore[union-attr]  # no failure
    assert ["stop_sequences" in seen.json for seen in bench.service.seen] == [True, False, False]
    # A server that goes on refusing them is asked no third time.
    bench.answering(refusal)
    assert bench.failure().message.endswith("; say -o llm.send_stop=false")
    assert len(bench.service.seen) == 5


def test_a_refused_value_is_told_as_it_is(bench: Bench) -> None:
    bench.answering(Answer(400, problem("max_tokens: 9 > 8, which is the maximum")))
    assert bench.failure().message == "HTTP 400: max_tokens: 9 > 8, which is the maximum"


def test_stop_strings_need_not_go_up(bench: Bench) -> None:
    bench.answering(message("good\n\nQ: next"))
    assert bench.completion(send_stop=False).text == "good"
    assert "stop_sequences" not in bench.body
