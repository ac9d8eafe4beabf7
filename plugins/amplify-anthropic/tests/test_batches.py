"""Message Batches by the real SDK: up, poll, down, each with a provider of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from known.anthropic_batches import Batches
from known.anthropic_words import message, problem
from known.bench import Bench
from known.openai_words import ask
from known.scripted import Answer, scripted
from known.server import Seen

from amplify import BatchGone, BatchStatus, Completion, Failure, ProviderError

if TYPE_CHECKING:
    from amplify_anthropic.provider import AnthropicProvider

T = TypeVar("T")


@pytest.fixture
def server(bench: Bench) -> Batches:
    server = Batches(bench.service.url)

    def script(seen: Seen) -> Answer:
        status, headers, body = server.route(seen)
        return Answer(status, body, headers)

    bench.service.script = script
    return server


def run(bench: Bench, work: Callable[[AnthropicProvider], Awaitable[T]]) -> T:
    """Do the work with a provider of its own, as after a restart."""

    async def all_of_it() -> T:
        provider = bench.provider(batch=True)
        try:
            return await work(provider)
        finally:
            await provider.close()

    return asyncio.run(all_of_it())


async def fetched(provider: AnthropicProvider, batch: str) -> dict[str, Completion | Failure]:
    return {key: outcome async for key, outcome in provider.fetch(batch)}


def test_a_batch_goes_up_as_the_very_calls_that_are_made_live(
    bench: Bench, server: Batches
) -> None:
    asked = {"k" * 64: ask("Q: rain?\nA:"), "k2": ask("Q: fog?\nA:", stop=())}
    assert run(bench, lambda p: p.submit(asked)) == "msgbatch_1"
    (sent,) = server.uploads
    assert [one["custom_id"] for one in sent] == list(asked)
    bench.answering(message())
    bench.replies(*asked.values())
    live = [seen.json for seen in bench.service.seen[-2:]]
    assert [one["params"] for one in sent] == live


def test_the_replies_come_down_by_key(bench: Bench, server: Batches) -> None:
    name = run(bench, lambda p: p.submit({"a": ask()}))
    assert run(bench, lambda p: p.status(name)) == BatchStatus("running", 0, 4)
    assert run(bench, lambda p: fetched(p, name)) == {}
    server.status = "ended"
    server.counts.update(processing=0, succeeded=2, errored=1, expired=1)
    lines: list[Any] = [
        {"custom_id": "a", "result": {"type": "succeeded", "message": message("good")}},
        {"custom_id": "b", "result": {"type": "succeeded", "message": message(content=None)}},
        {"custom_id": "c", "result": {"type": "errored", "error": problem("prompt is too long")}},
        {
            "custom_id": "d",
            "result": {"type": "errored", "error": problem("busy", "overloaded_error")},
        },
        {"custom_id": "e", "result": {"type": "expired"}},
        {"custom_id": "f", "result": {"type": "canceled"}},
        {"no": "line of a batch"},
    ]
    server.results = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n{broken"
    assert run(bench, lambda p: p.status(name)) == BatchStatus("done", 4, 4)
    found = run(bench, lambda p: fetched(p, name))
    assert isinstance(found["a"], Completion)
    assert (found["a"].text, found["a"].stop, found["a"].usage.cached) == ("good", "end", 100)
    kinds = {k: (f.kind, f.retry) for k, f in found.items() if isinstance(f, Failure)}
    assert kinds == {
        "b": ("invalid-reply", True),
        "c": ("too-long", False),
        "d": ("server", True),
        "e": ("server", True),
        "f": ("server", True),
    }


GOOD = {"custom_id": "a", "result": {"type": "succeeded", "message": message("good")}}


@pytest.mark.parametrize(
    ("results", "told", "kept"),
    [
        (b"<html>sign in</html>", "not whole: 0 of them", set()),
        (b" \n", "the batch is over, and its results are empty", set()),
        (json.dumps(GOOD).encode() + b'\n{"custom_id": "b", "res', "whole: 1 of them", {"a"}),
    ],
)
def test_results_that_are_not_whole_are_an_error_behind_what_came(
    bench: Bench, server: Batches, results: bytes, told: str, kept: set[str]
) -> None:
    name = run(bench, lambda p: p.submit({"a": ask(), "b": ask("x")}))
    server.status, server.results = "ended", results
    came: set[str] = set()

    async def work(provider: AnthropicProvider) -> None:
        async for key, _ in provider.fetch(name):
            came.add(key)

    with pytest.raises(ProviderError, match=told):
        run(bench, work)
    assert came == kept


def test_a_batch_that_the_service_does_not_know_is_gone(bench: Bench, server: Batches) -> None:
    with pytest.raises(BatchGone, match="HTTP 404: no such batch"):
        run(bench, lambda p: p.status("msgbatch_7"))


def test_what_the_server_refuses_is_one_error(bench: Bench, server: Batches) -> None:
    for work in (
        lambda p: p.status("msgbatch_9"),
        lambda p: fetched(p, "msgbatch_9"),
        lambda p: p.submit({"a": ask()}),
    ):
        bench.answering(Answer(404, problem("no such batch", "not_found_error")))
        with pytest.raises(ProviderError, match="no such batch"):
            run(bench, work)


def test_more_than_a_batch_holds_is_refused_before_anything_is_sent(
    bench: Bench, server: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amplify_anthropic.batches.MOST_BYTES", 100)
    with pytest.raises(ProviderError, match="more than a batch holds"):
        run(bench, lambda p: p.submit({"a": ask(), "b": ask()}))
    assert not bench.service.seen


def test_the_results_of_a_batch_are_fetched_from_the_host_that_was_named(bench: Bench) -> None:
    counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
    with scripted() as other:
        batch = {
            "id": "batch-1",
            "type": "message_batch",
            "processing_status": "ended",
            "request_counts": counts,
            "results_url": f"{other.url}/v1/messages/batches/batch-1/results",
        }
        line = {"custom_id": "key", "result": {"type": "succeeded", "message": message()}}
        bench.answering(batch, line)

        async def work(provider: Any) -> list[str]:
            return [key async for key, _ in provider.fetch("batch-1")]

        assert bench.work(work, batch=True) == ["key"]
        assert not other.seen
