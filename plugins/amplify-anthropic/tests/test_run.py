"""Whole runs by `amplify run` against a local server that speaks the protocol, and fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.anthropic_batches import Batches
from known.anthropic_words import message
from known.openai_words import KEY
from known.runs import Runs, label, opinion
from known.server import Fault, Server, in_turn
from known.waiting import wait_until

ITEMS = 20
CALLS = 2 * ITEMS
"""Two arms ask for the same items, with prompts of their own."""

LLM = 'use = "anthropic"\nmodel = "known-1"'


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer=label) as server:
        yield server


@pytest.fixture
def runs(server: Server, tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url})
    runs.write(LLM, ITEMS)
    return runs


def test_a_run(runs: Runs, server: Server) -> None:
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}
    assert len(server.prompts) == len(server.seen) == CALLS
    assert {seen.path for seen in server.seen} == {"/v1/messages"}
    provider = runs.record["provider"]
    assert provider["base_url"] == server.url
    assert not runs.holding(KEY)
    assert KEY not in told
    # Anew, from the cache: nothing is asked.
    code, told = runs.run("run", "plan.toml", "--out", "again")
    assert code == 0, told
    assert len(server.seen) == CALLS


def test_a_run_through_everything_that_goes_wrong(runs: Runs, server: Server) -> None:
    kinds: list[str | Fault | None] = [
        Fault("429", 0.05), "500", None, "502", "cut", "reset", None, "not-json", "empty-body",
        None, "no-choice", Fault("429", 0.0), "503", None, "cut",
    ]  # fmt: skip
    server.faults = in_turn(*kinds)
    code, told = runs.run("run", "plan.toml", "--out", "out", "-j", "4")
    assert code == 0, told
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}
    assert len(server.prompts) == CALLS
    assert len(server.seen) == CALLS + sum(kind is not None for kind in kinds)


def test_refusals_lengths_and_filters_are_replies(runs: Runs, server: Server) -> None:
    server.faults = in_turn("refusal", "content-filter", "length")
    code, told = runs.run("run", "plan.toml", "--out", "out", "-j", "1")
    assert code == 0, told
    assert len(server.seen) == CALLS
    lines = (runs.folder / "out" / "predictions.jsonl").read_text().splitlines()
    statuses = [json.loads(line)["status"] for line in lines]
    assert statuses.count("refused") == 2
    assert statuses.count("answered") == CALLS - 2


@pytest.mark.parametrize(
    ("key", "model", "told"), [("other", "", "HTTP 401"), ("", "other", "HTTP 404")]
)
def test_a_bad_key_or_model_stops_the_run_at_once(
    runs: Runs, server: Server, key: str, model: str, told: str
) -> None:
    server.key, server.model = key, model
    code, said = runs.run("run", "plan.toml", "--out", "out")
    assert code == 1
    assert told in said
    assert len(server.seen) <= 16  # what was in flight
    assert KEY not in said  # the server repeats it
    assert not runs.holding(KEY)


def test_without_a_key_anthropic_is_not_asked(runs: Runs) -> None:
    del runs.env["ANTHROPIC_API_KEY"], runs.env["ANTHROPIC_BASE_URL"]
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 2
    assert "ANTHROPIC_API_KEY is not set" in told


def test_one_call_writes_the_shared_block_to_the_cache_before_the_others_read_it(
    runs: Runs, server: Server
) -> None:
    server.delay = 0.05
    code, told = runs.run("run", "plan.toml", "--out", "out", "--arms", "answer-only")
    assert code == 0, told
    first, second, *_ = server.seen
    assert second.at - first.at >= 0.05
    shared = {seen.json["messages"][0]["content"][0]["text"] for seen in server.seen}
    marks = {str(seen.json["messages"][0]["content"][0]["cache_control"]) for seen in server.seen}
    assert (len(shared), len(marks)) == (1, 1)


def test_a_batch_is_fetched_by_a_run_that_was_killed_meanwhile(runs: Runs, server: Server) -> None:
    batches = Batches(
        server.url, lambda body: message(opinion(body["messages"][-1]["content"][-1]["text"]))
    )
    server.routes = {f"{method} /v1/messages/batches": batches.route for method in ("GET", "POST")}
    runs.write(f"{LLM}\nbatch = true", 6)
    process = runs.start("run", "plan.toml", "--out", "out")
    kept = runs.folder / "out" / "batches.jsonl"
    wait_until(lambda: kept.exists() and kept.read_bytes().endswith(b"\n"), process)
    process.kill()
    process.communicate()
    batches.status = "ended"
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}
    assert [len(lines) for lines in batches.uploads] == [6, 6]
    assert not any(seen.path.endswith("messages") for seen in server.seen)
    assert not runs.holding(KEY)
