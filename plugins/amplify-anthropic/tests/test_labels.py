"""Labels that are asked for: by a forced call of a tool, by a schema, or by a second call."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from known.anthropic_words import message
from known.bench import Bench
from known.labelling import RATIONALE, Labelling
from known.openai_words import ask

from amplify import Completion, PlanError, ProviderError, Request


def request(answer: str) -> Request:
    stop = ("\n\n", "The answer is") if answer == "complete" else ("\n\n",)
    asked = ask(stop=stop, labels=(" good", " bad"), cue=" The answer is")
    return replace(asked, writes_first=answer == "complete")


def test_a_forced_tool_brings_the_rationale_and_then_the_label(bench: Bench) -> None:
    bench.service.script = Labelling(honours=("tool_choice",)).anthropic
    reply = bench.completion(request("complete"))
    assert (reply.text, reply.label, reply.stop) == (RATIONALE, " bad", "end")
    assert (reply.logprobs, reply.note) == ((), "")
    (tool,) = bench.body["tools"]
    assert bench.body["tool_choice"]["type"] == "tool"
    assert bench.body["tool_choice"]["name"] == tool["name"]
    assert tool["input_schema"]["required"] == ["rationale", "label"]
    assert tool["input_schema"]["properties"]["label"]["enum"] == ["good", "bad"]
    ranked = bench.completion(request("rank"))
    assert (ranked.text, ranked.label) == (" bad", "")
    assert [*bench.body["tools"][0]["input_schema"]["properties"]] == ["label"]


@pytest.mark.parametrize(
    "options",
    [{"thinking": "adaptive"}, {"extra": {"thinking": {"type": "enabled", "budget_tokens": 1024}}}],
)
def test_a_model_that_thinks_is_held_to_a_schema(bench: Bench, options: dict[str, Any]) -> None:
    bench.service.script = Labelling(honours=("output_config",)).anthropic
    reply = bench.completion(request("complete"), effort="low", **options)
    assert (reply.text, reply.label) == (RATIONALE, " bad")
    assert bench.body["output_config"]["effort"] == "low"
    assert "tools" not in bench.body
    with pytest.raises(PlanError, match="while it thinks"):
        bench.provider(answer_by="tool", **options)


def test_what_is_refused_is_left_for_the_next_way(bench: Bench) -> None:
    bench.service.script = Labelling(refuses=("tool_choice", "output_config")).anthropic
    first, second = (r.outcome for r in bench.replies(request("complete"), request("complete")))
    assert isinstance(first, Completion)
    assert isinstance(second, Completion)
    assert (first.text, first.label) == ("It rains.", " bad")
    assert first.note == 'label asked for by "call": the server refuses "tool"'
    assert first.usage == second.usage
    assert (first.usage.input, first.usage.cached) == (240, 200)
    asked = [seen.json for seen in bench.service.seen]
    assert ["tools" in body for body in asked] == [True, *[False] * 5]
    assert ["output_config" in body for body in asked] == [False, True, *[False] * 4]
    assert asked[3]["messages"][-2] == {"role": "assistant", "content": "It rains."}
    bench.service.script = Labelling(refuses=("tool_choice",)).anthropic
    failure = bench.failure(request("rank"), answer_by="tool")
    assert "say -o llm.answer_by=call" in failure.message


def test_prose_in_the_place_of_a_call_is_left_to_the_reader(bench: Bench) -> None:
    bench.answering(message("It rains. The answer is bad."))
    reply = bench.completion(request("complete"))
    assert (reply.text, reply.label) == ("It rains. The answer is bad.", "")
    assert reply.note.startswith("without a label")


def test_the_bound_holds_for_all_that_is_sent(bench: Bench) -> None:
    for refuses in ((), ("tool_choice", "output_config")):
        bench.service.script = Labelling(("tool_choice",), refuses).anthropic
        most = bench.provider().most_tokens(request("complete"))
        bench.service.seen.clear()
        bench.completion(request("complete"))
        taken = [s.json for s in bench.service.seen if not set(refuses) & s.json.keys()]
        assert most.input > sum(len(json.dumps(body, ensure_ascii=False)) for body in taken)
        assert most.output >= sum(body["max_tokens"] for body in taken)


def test_the_way_is_part_of_the_identity_where_it_is_another(bench: Bench) -> None:
    assert bench.provider().identity == bench.provider(answer_by="tool").identity
    assert bench.provider().identity != bench.provider(answer_by="schema").identity


def test_a_batch_carries_the_tool_and_refuses_what_takes_two_calls(bench: Bench) -> None:
    bench.answering({"id": "msgbatch_1", "type": "message_batch"})
    asked = {"a": request("complete")}
    bench.work(lambda provider: provider.submit(asked), batch=True)
    (params,) = (line["params"] for line in bench.body["requests"])
    assert params["tool_choice"]["name"] == params["tools"][0]["name"]
    with pytest.raises(ProviderError, match="takes two calls"):
        asyncio.run(bench.provider(batch=True, answer_by="call").submit(asked))
