"""The Batch API by the real SDK: up, poll, down, and again after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from known.bench import Bench
from known.openai_batches import Batches, line_of
from known.openai_words import ask, chat, error, response
from known.scripted import Answer
from known.server import Seen

from amplify import BatchGone, BatchStatus, Completion, Failure, ProviderError

if TYPE_CHECKING:
    from amplify_openai.provider import OpenAIProvider

T = TypeVar("T")


@pytest.fixture
def server(bench: Bench) -> Batches:
    server = Batches()

    def script(seen: Seen) -> Answer:
        status, headers, body = server.route(seen)
        return Answer(status, body, headers)

    bench.service.script = script
    return server


def run(bench: Bench, work: Callable[[OpenAIProvider], Awaitable[T]], **options: Any) -> T:
    """Do the work with a provider of its own, as after a restart."""

    async def all_of_it() -> T:
        provider = bench.provider(batch=True, **options)
        try:
            return await work(provider)
        finally:
            await provider.close()

    return asyncio.run(all_of_it())


async def fetched(provider: OpenAIProvider, batch: str) -> dict[str, Completion | Failure]:
    return {key: outcome async for key, outcome in provider.fetch(batch)}


def test_a_batch_goes_up_as_the_very_calls_that_are_made_live(
    bench: Bench, server: Batches
) -> None:
    asked = {"k1": ask("Q: rain?\nA:"), "k2": ask("Q: fog?\nA:", stop=())}
    name = run(bench, lambda p: p.submit(asked))
    assert name == "batch_0"
    assert server.batches[0]["endpoint"] == "/v1/chat/completions"
    assert server.batches[0]["completion_window"] == "24h"
    (lines,) = server.uploads
    assert [(one["custom_id"], one["method"], one["url"]) for one in lines] == [
        ("k1", "POST", "/v1/chat/completions"),
        ("k2", "POST", "/v1/chat/completions"),
    ]
    bench.answering(chat())
    bench.replies(*asked.values())
    assert [one["body"] for one in lines] == [seen.json for seen in bench.service.seen[-2:]]


def test_the_replies_come_down_by_key(bench: Bench, server: Batches) -> None:
    name = run(bench, lambda p: p.submit({"a": ask()}))
    assert run(bench, lambda p: p.status(name)) == BatchStatus("running")
    expired = {"code": "batch_expired", "message": "could not be done in time"}
    server.finish(
        "completed",
        b"\n".join([line_of("a", chat("good")), b"{broken", line_of("b", {"choices": []}), b""]),
        b"\n".join(
            [
                line_of("c", error("too long", "context_length_exceeded"), 400),
                line_of("d", error("held back", "content_filter"), 400),
                json.dumps({"custom_id": "e", "response": None, "error": expired}).encode(),
                line_of("f", error("slow down"), 429),
            ]
        ),
    )
    assert run(bench, lambda p: p.status(name)) == BatchStatus("done", 3, 4)
    found = run(bench, lambda p: fetched(p, name))
    assert isinstance(found["a"], Completion)
    assert (found["a"].text, found["a"].stop, found["a"].usage.cached) == ("good", "end", 100)
    assert isinstance(found["d"], Completion)
    assert found["d"].stop == "content-filter"
    kinds = {k: (f.kind, f.retry) for k, f in found.items() if isinstance(f, Failure)}
    assert kinds == {
        "b": ("invalid-reply", True),
        "c": ("too-long", False),
        "e": ("server", True),
        "f": ("rate-limit", True),
    }


WHOLE = [line_of("a", chat("good")), line_of("b", chat("bad"))]


@pytest.mark.parametrize(
    ("output", "told", "kept"),
    [
        (b"<html>sign in</html>", "not whole: 0 of them", set()),
        (b"", "not whole: 0 of them", set()),
        (b"\n".join(WHOLE)[:-20], "not whole: 1 of them", {"a"}),
        (None, "the batch is over, and its results are not there", set()),
    ],
)
def test_results_that_are_not_whole_are_an_error_behind_what_came(
    bench: Bench, server: Batches, output: bytes | None, told: str, kept: set[str]
) -> None:
    name = run(bench, lambda p: p.submit({"a": ask(), "b": ask("x")}))
    server.finish("completed", output)
    assert run(bench, lambda p: p.status(name)).state == "done"
    came: set[str] = set()

    async def work(provider: OpenAIProvider) -> None:
        async for key, _ in provider.fetch(name):
            came.add(key)

    with pytest.raises(ProviderError, match=told):
        run(bench, work)
    assert came == kept


def test_a_batch_that_the_service_does_not_know_is_gone(bench: Bench, server: Batches) -> None:
    with pytest.raises(BatchGone, match="HTTP 404: no such batch: batch_7"):
        run(bench, lambda p: p.status("batch_7"))


def test_responses_go_in_batches_too(bench: Bench, server: Batches) -> None:
    name = run(bench, lambda p: p.submit({"a": ask()}), api="responses")
    assert server.batches[0]["endpoint"] == "/v1/responses"
    server.finish("completed", line_of("a", response()))
    found = run(bench, lambda p: fetched(p, name), api="responses")
    assert isinstance(found["a"], Completion)
    assert found["a"].text == "A: good"


def test_a_field_that_the_model_refuses_is_left_out_when_asked_again(
    bench: Bench, server: Batches
) -> None:
    refused = line_of("a", error("Unsupported value", "unsupported_value", "temperature"), 400)

    async def work(provider: OpenAIProvider) -> tuple[Completion | Failure, str]:
        name = await provider.submit({"a": ask()})
        server.finish("completed", None, refused)
        outcome = (await fetched(provider, name))["a"]
        return outcome, await provider.submit({"a": ask()})

    outcome, second = run(bench, work)
    assert isinstance(outcome, Failure)
    assert outcome.retry
    assert outcome.message.endswith("; say -o llm.temperature=null")
    assert second == "batch_1"
    first, then = server.uploads
    assert "temperature" in first[0]["body"]
    assert "temperature" not in then[0]["body"]


def test_a_batch_whose_id_was_lost_is_found_while_it_runs(bench: Bench, server: Batches) -> None:
    first = run(bench, lambda p: p.submit({"a": ask(), "b": ask("x")}))
    again = run(bench, lambda p: p.submit({"b": ask("x"), "a": ask()}))
    other = run(bench, lambda p: p.submit({"a": ask()}))
    assert (first, again, other) == ("batch_0", "batch_0", "batch_1")
    server.batches[1]["status"] = "completed"
    assert run(bench, lambda p: p.submit({"a": ask(), "b": ask("x")})) == "batch_2"


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("in_progress", "running"),
        ("finalizing", "running"),
        ("cancelling", "running"),
        ("failed", "failed"),
        ("expired", "failed"),
        ("cancelled", "failed"),
    ],
)
def test_the_states_of_a_batch(bench: Bench, server: Batches, told: str, state: str) -> None:
    name = run(bench, lambda p: p.submit({"a": ask()}))
    server.batches[0]["status"] = told
    problem = {"code": "invalid_json", "message": "line 3", "line": 3}
    server.batches[0]["errors"] = {"object": "list", "data": [problem]}
    found = run(bench, lambda p: p.status(name))
    assert found.state == state
    assert found.message == ("invalid_json: line 3" if state == "failed" else "")


@pytest.mark.parametrize("told", ["expired", "cancelled"])
def test_a_batch_that_ended_early_gives_what_it_has(
    bench: Bench, server: Batches, told: str
) -> None:
    name = run(bench, lambda p: p.submit({"a": ask()}))
    server.finish(told, line_of("a", chat()))
    assert run(bench, lambda p: p.status(name)).state == "done"
    assert set(run(bench, lambda p: fetched(p, name))) == {"a"}


def test_a_batch_of_failures_alone_is_done(bench: Bench, server: Batches) -> None:
    name = run(bench, lambda p: p.submit({"a": ask()}))
    server.finish("completed", None, line_of("a", error("odd"), 400))
    assert run(bench, lambda p: p.status(name)).state == "done"
    assert set(run(bench, lambda p: fetched(p, name))) == {"a"}


def test_what_the_server_refuses_is_one_error(bench: Bench, server: Batches) -> None:
    for work in (
        lambda p: p.status("batch_9"),
        lambda p: fetched(p, "batch_9"),
        lambda p: p.submit({"a": ask()}),
    ):
        bench.answering(Answer(404, error("no such batch")))
        with pytest.raises(ProviderError, match="no such batch"):
            run(bench, work)


def test_more_than_a_batch_holds_is_refused_before_anything_is_sent(
    bench: Bench, server: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amplify_openai.batches.MOST_CALLS", 1)
    with pytest.raises(ProviderError, match="more than a batch holds"):
        run(bench, lambda p: p.submit({"a": ask(), "b": ask()}))
    assert not bench.service.seen
