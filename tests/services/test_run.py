"""Whole runs by `amplify run` against a local server that speaks the protocol, and fails."""

from __future__ import annotations

import json

import pytest
from known.openai_words import KEY
from known.runs import Runs, label, opinion
from known.server import Fault, Server, in_turn
from known.vendors import Vendor

ITEMS = 20
CALLS = 2 * ITEMS
"""Two arms ask for the same items, with prompts of their own."""


@pytest.fixture
def runs(vendor: Vendor, server: Server, runs: Runs) -> Runs:
    server.answer = label
    runs.write(vendor.llm, ITEMS)
    return runs


def test_a_run(runs: Runs, server: Server, vendor: Vendor) -> None:
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}
    assert len(server.prompts) == len(server.seen) == CALLS
    assert {seen.path for seen in server.seen} == {vendor.calls}
    assert runs.record["provider"]["base_url"] == server.url + vendor.base
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


@pytest.mark.once
def test_refusals_lengths_and_filters_are_replies(runs: Runs, server: Server) -> None:
    server.faults = in_turn("refusal", "content-filter", "length")
    code, told = runs.run("run", "plan.toml", "--out", "out", "-j", "1")
    assert code == 0, told
    assert len(server.seen) == CALLS
    lines = (runs.folder / "out" / "predictions.jsonl").read_text().splitlines()
    statuses = [json.loads(line)["status"] for line in lines]
    assert statuses.count("refused") == 2
    assert statuses.count("answered") == CALLS - 2


@pytest.mark.once
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


@pytest.mark.once
def test_without_a_key_the_service_itself_is_not_asked(runs: Runs, vendor: Vendor) -> None:
    del runs.env[vendor.key_variable], runs.env[vendor.url_variable]
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 2
    assert f"{vendor.key_variable} is not set" in told


@pytest.mark.once
def test_a_batch_is_fetched_by_a_run_that_was_killed_meanwhile(
    runs: Runs, server: Server, vendor: Vendor
) -> None:
    office = vendor.office(server, lambda prompt: f"{opinion(prompt)}\n\nQ: x")
    runs.write(f"{vendor.llm}\nbatch = true", 6)
    kept = runs.folder / "out" / "batches.jsonl"

    def whole() -> bool:
        return kept.exists() and kept.read_bytes().endswith(b"\n")

    runs.killed(whole, "run", "plan.toml", "--out", "out")
    office.end()
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}
    assert [len(lines) for lines in office.uploads] == [6, 6]
    lines = (runs.folder / "out" / "calls.jsonl").read_text().splitlines()
    # No request is at hand where a batch is fetched: the stop strings are the engine's to know.
    assert {json.loads(line)["completion"]["text"] for line in lines} == {"good", "bad"}
    assert not any(seen.path == vendor.calls for seen in server.seen)
    assert not runs.holding(KEY)
