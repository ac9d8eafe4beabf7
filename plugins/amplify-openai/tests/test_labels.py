"""Labels that are asked for: by a schema, by what else a server has, or by a second call."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from math import log
from typing import Any

import pytest
from amplify_openai.asking import refuses
from known.bench import Bench
from known.labelling import RATIONALE, Labelling
from known.openai_batches import Batches, line_of
from known.openai_words import ask, chat, error
from known.scripted import Answer

from amplify import Completion, Failure, ProviderError, Request
from amplify.kit.label_calls import LabelCall

LABELS = (" good", " bad", " mixed")
STATEMENT = "The answer is"
SCORES = (("bad", 0.6), ("good", 0.3), ("mixed", 0.1))


def request(answer: str, **more: Any) -> Request:
    """A request that ranks, or that has a rationale written ahead."""
    stop = ("\n\n", "\nQ:", STATEMENT) if answer == "complete" else ("\n\n", "\nQ:")
    asked = ask(stop=stop, labels=LABELS, cue=f" {STATEMENT}", **more)
    return replace(asked, writes_first=answer == "complete")


def field_of(api: str) -> str:
    return "response_format" if api == "chat" else "text"


def schema_in(body: Any) -> Any:
    if "text" in body:
        return body["text"]["format"]["schema"]
    return body["response_format"]["json_schema"]["schema"]


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_one_call_brings_the_rationale_and_then_the_label(bench: Bench, api: str) -> None:
    bench.service.script = Labelling(honours=(field_of(api),)).openai
    reply = bench.completion(request("complete"), api=api)
    assert (reply.text, reply.label, reply.stop) == (RATIONALE, " bad", "end")
    assert (reply.logprobs, reply.note) == ((), "")
    assert len(bench.service.seen) == 1
    schema = schema_in(bench.body)
    assert [*schema["properties"]] == schema["required"] == ["rationale", "label"]
    assert schema["properties"]["label"]["enum"] == ["good", "bad", "mixed"]
    assert bench.body.get("stop") is None  # it would cut the object


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_ranked_labels_come_without_a_rationale(bench: Bench, api: str) -> None:
    bench.service.script = Labelling(honours=(field_of(api),), scores=SCORES).openai
    reply = bench.completion(request("rank"), api=api, logprobs=True)
    assert (reply.text, reply.label, reply.stop) == (" bad", "", "end")
    assert [*schema_in(bench.body)["properties"]] == ["label"]
    assert bench.body["top_logprobs"] == 20
    told = dict(reply.logprobs)
    assert [*told] == [*LABELS]
    assert told == pytest.approx({" bad": log(0.6), " good": log(0.3), " mixed": log(0.1)})


def test_a_label_that_is_not_among_the_likeliest_leaves_all_without_a_number(bench: Bench) -> None:
    bench.service.script = Labelling(honours=("response_format",), scores=SCORES[:2]).openai
    reply = bench.completion(request("complete"), logprobs=True)
    assert (reply.label, reply.logprobs) == (" bad", ())
    assert reply.note.startswith("without the labels' log-probabilities")


@pytest.mark.parametrize(
    ("way", "field", "value"),
    [
        ("choice", "structured_outputs", {"choice": ["good", "bad", "mixed"]}),
        ("guided-choice", "guided_choice", ["good", "bad", "mixed"]),
        ("grammar", "grammar", 'root ::= "good" | "bad" | "mixed"'),
    ],
)
def test_a_second_call_is_held_to_the_labels(
    bench: Bench, way: str, field: str, value: Any
) -> None:
    bench.service.script = Labelling(honours=(field,), prose="It rains. The answer is x").openai
    reply = bench.completion(request("complete"), answer_by=way)
    assert (reply.text, reply.label) == ("It rains. ", " bad")
    first, second = (seen.json for seen in bench.service.seen)
    assert field not in first
    assert second[field] == value
    assert second["messages"][:-2] == first["messages"]
    assert second["messages"][-2:] == [
        {"role": "assistant", "content": "It rains."},
        {"role": "user", "content": "The answer is (one of: good, bad, mixed)"},
    ]
    assert (reply.usage.input, reply.usage.output, reply.usage.cached) == (240, 6, 200)
    assert (
        second["max_completion_tokens" if "max_completion_tokens" in second else "max_tokens"] < 20
    )
    bench.completion(request("rank"), answer_by=way)
    assert len(bench.service.seen) == 3
    assert bench.body["messages"][-1]["content"].endswith("A: The answer is")


REFUSALS = [
    lambda field: error(f"Unsupported parameter: '{field}'", None, field),
    lambda field: error("This response_format type is unavailable now"),
    lambda field: error("Extra inputs are not permitted", None, field),
    lambda field: {"error": "failed to parse grammar"},
    lambda field: {"detail": [{"type": "extra_forbidden", "loc": ["body", field], "msg": "x"}]},
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=range(len(REFUSALS)))
def test_a_server_that_refuses_a_schema_is_asked_twice_from_then_on(
    bench: Bench, refusal: Any
) -> None:
    bench.service.script = Labelling(refuses=("response_format",), refusal=refusal).openai
    replies = [r.outcome for r in bench.replies(request("complete"), request("complete"))]
    for reply in replies:
        assert isinstance(reply, Completion)
        assert (reply.text, reply.label, reply.usage.input) == ("It rains.", " bad", 240)
        assert reply.note == 'label asked for by "call": the server refuses "schema"'
    assert ["response_format" in seen.json for seen in bench.service.seen] == [True, *[False] * 4]


def test_a_schema_that_was_chosen_and_is_refused_is_advised_on(bench: Bench) -> None:
    bench.service.script = Labelling(refuses=("response_format",)).openai
    failure = bench.failure(request("rank"), answer_by="schema")
    assert failure.kind == "bad-request"
    assert "say -o llm.answer_by=call" in failure.message
    assert len(bench.service.seen) == 1


def test_another_error_is_no_refusal_of_the_schema(bench: Bench) -> None:
    bench.service.failing("500", "401")
    assert bench.failure(request("complete")).kind == "server"
    assert bench.failure(request("complete")).kind == "auth"
    assert len(bench.service.seen) == 2


def test_prose_of_a_server_that_passes_the_schema_over_is_left_to_the_reader(bench: Bench) -> None:
    prose = "It rains. The answer is bad.\n\nQ: more"
    bench.service.script = Labelling(prose=prose).openai
    reply = bench.completion(request("complete"))
    assert (reply.text, reply.label) == ("It rains. The answer is bad.", "")
    assert reply.note == "without a label: the server passed the schema over"
    ranked = bench.completion(request("rank"))
    assert (ranked.text, ranked.stop) == (prose, "no-label")


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("bad", " bad"), (" Bad.\nQ: next", " bad"), ("**good**", " good"),
        ("The answer is bad.", " bad"), ("bad, good", None), ("good or bad?", None),
        ("badly", None), ("bad weather", None), ("A: bad", None), ("", None),
    ],
)  # fmt: skip
def test_a_reply_of_a_few_words_names_a_label_or_none(
    bench: Bench, said: str, label: str | None
) -> None:
    bench.answering(chat("It rains."), chat(said))
    reply = bench.completion(request("complete"), answer_by="call")
    assert (reply.text, reply.label or None) == ("It rains.", label)
    assert bool(reply.note) is (label is None)


TWO_OBJECTS = '{"label": "good"} or maybe {"label": "bad"}'


@pytest.mark.parametrize("said", ["good. No wait, bad.", "good\nbad", "good. Or not.", TWO_OBJECTS])
def test_a_reply_that_takes_its_label_back_or_lists_two_names_none(bench: Bench, said: str) -> None:
    bench.answering(chat(said), chat(said))
    ranked = bench.completion(request("rank"), answer_by="call")
    assert (ranked.text, ranked.stop) == (said, "no-label")
    reply = bench.completion(request("complete"))
    assert (reply.text, reply.label) == (said, "")
    assert reply.note.startswith("without a label")


def test_a_rationale_that_is_cut_is_asked_for_its_label_alone(bench: Bench) -> None:
    cut = chat('{"rationale": "It rains, \\"it rains\\", \\', "length")
    bench.answering(cut, chat('{"label": "good"}'))
    reply = bench.completion(request("complete"))
    assert (reply.text, reply.label) == ('It rains, "it rains", ', " good")
    assert [*schema_in(bench.body)["properties"]] == ["label"]
    assert (reply.usage.input, reply.stop) == (240, "length")


def test_what_was_written_is_not_written_again_after_a_second_call_that_failed(
    bench: Bench,
) -> None:
    asked = request("complete")

    async def work(provider: Any) -> list[Any]:
        bench.answering(chat("It rains."))
        bench.service.server.faults = lambda seen: None
        bench.service.failing(*[None, "429"])  # type: ignore[list-item]  # none for the first
        first = await provider.answer(asked)
        bench.answering(chat("bad"))
        return [first.outcome, (await provider.answer(asked)).outcome]

    failure, reply = bench.work(work, answer_by="call")
    assert (failure.kind, failure.retry) == ("rate-limit", True)
    assert (reply.text, reply.label, reply.usage.output) == ("It rains.", " bad", 6)
    assert len(bench.service.seen) == 3


def test_replies_without_a_label_tell_of_a_refused_way_too(bench: Bench) -> None:
    bench.service.script = Labelling(refuses=("response_format",)).openai
    note = 'label asked for by "call": the server refuses "schema"'
    bad = error("no", None, "temperature")

    async def work(provider: Any) -> list[Any]:
        await provider.answer(request("rank"))
        bench.answering(chat("", "content_filter"))
        held_back = await provider.answer(request("complete"))
        bench.answering(chat("It rains."), Answer(422, bad))
        unlabelled = await provider.answer(request("complete"))
        return [held_back.outcome, unlabelled.outcome]

    held_back, unlabelled = bench.work(work, temperature=None)
    assert (held_back.stop, held_back.note) == ("content-filter", note)
    assert unlabelled.note.startswith("without a label: ")
    assert unlabelled.note.endswith(note)


def test_a_refused_or_held_back_reply_is_asked_no_further(bench: Bench) -> None:
    bench.answering(chat("", "content_filter"))
    assert bench.completion(request("complete"), answer_by="call").stop == "content-filter"
    assert len(bench.service.seen) == 1


@pytest.mark.parametrize("answer", ["rank", "complete"])
@pytest.mark.parametrize("way", ["auto", "choice", "call"])
@pytest.mark.parametrize("refuses", [(), ("response_format",)])
def test_the_bound_holds_for_all_that_is_sent(
    bench: Bench, answer: str, way: str, refuses: tuple[str, ...]
) -> None:
    honours = () if refuses else ("response_format", "structured_outputs")
    bench.service.script = Labelling(honours, refuses).openai
    asked = request(answer)
    most = bench.provider(answer_by=way, reasoning_tokens=50).most_tokens(asked)
    bench.completion(asked, answer_by=way, reasoning_tokens=50)
    taken = [s.json for s in bench.service.seen if not set(refuses) & s.json.keys()]
    assert most.input > sum(len(json.dumps(body, ensure_ascii=False)) for body in taken)
    bounds = [b.get("max_tokens") or b["max_completion_tokens"] for b in taken]
    assert most.output >= sum(bounds)


def test_the_way_is_part_of_the_identity_where_it_is_another(bench: Bench) -> None:
    usual = bench.provider().identity
    assert usual == bench.provider(answer_by="schema").identity
    assert usual != bench.provider(answer_by="call").identity
    # The same address, in front of which a label is asked for in another way.
    address = {"base_url": "http://localhost:8000/v1"}
    asked_twice = bench.provider(server="transformers-serve", **address).identity
    assert asked_twice != bench.provider(server="vllm", **address).identity
    at = {"server": "transformers-serve"}
    assert bench.provider(**at).identity == bench.provider(**at, answer_by="call").identity


def test_labels_alike_but_for_white_space_are_refused(bench: Bench) -> None:
    alike = replace(request("rank"), labels=(" a", "a"))
    assert bench.failure(alike).kind == "bad-request"
    assert not bench.service.seen


def test_a_batch_carries_the_schema_and_refuses_what_takes_two_calls(bench: Bench) -> None:
    batches = Batches()
    bench.service.server.routes = {"GET /": batches.route, "POST /": batches.route}
    asked = {"a": request("complete"), "b": request("rank")}

    async def work(provider: Any) -> dict[str, Completion]:
        made = await provider.submit(asked)
        (lines,) = batches.uploads
        assert all("response_format" in line["body"] for line in lines)
        both = '{"rationale": "It rains. The answer is plain", "label": "bad"}'
        replies = [line_of("a", chat(both)), line_of("b", chat('{"label": "good"}'))]
        batches.finish("completed", b"\n".join(replies))
        outcomes = [pair async for pair in provider.fetch(made)]
        return {key: provider.of_batch(asked[key], outcome) for key, outcome in outcomes}

    replies = bench.work(work, batch=True)
    assert (replies["a"].text, replies["a"].label) == ("It rains. ", " bad")
    assert replies["b"].text == " good"
    seen = len(bench.service.seen)
    alike = {"a": asked["a"], "b": replace(asked["b"], labels=(" a", "a"))}
    with pytest.raises(ProviderError, match="differ in white space alone") as refused:
        asyncio.run(bench.provider(batch=True).submit(alike))
    assert refused.value.undone
    assert len(bench.service.seen) == seen
    with pytest.raises(ProviderError, match="takes two calls"):
        asyncio.run(bench.provider(batch=True, answer_by="call").submit(asked))


@pytest.mark.parametrize(
    ("kind", "message", "refused"),
    [
        ("bad-request", "Invalid schema for the reply", True),
        ("server", "json_schema is not implemented", True),
        ("server", "failed to parse grammar", True),
        ("server", "Internal error: database schema migration", False),
        ("rate-limit", "too many calls with response_format", False),
    ],
)
def test_an_error_of_the_server_itself_is_no_refusal_of_a_schema(
    kind: str, message: str, refused: bool
) -> None:
    call = LabelCall(request("rank"), "schema")
    assert refuses(Failure(kind, message), call) is refused
