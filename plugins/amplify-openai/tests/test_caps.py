"""Caps and forecasts of a model that thinks before it answers, by a server that bills it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from known.openai_batches import Batches
from known.openai_words import KEY, chat
from known.prices import TABLE
from known.runs import Runs
from known.server import Seen, Server

pytestmark = pytest.mark.once

SYSTEM = "You judge reviews, and think about each of them for as long as you may. " * 12
LLM = f'use = "openai"\nmodel = "echo"\nsystem = "{SYSTEM}"\nreasoning_tokens = 900'
PRICES = ("--prices", "prices.toml")


def billed(body: Any) -> dict[str, Any]:
    """A reply that took all the tokens that it might, and the prompt a token for three letters."""
    said = sum(len(turn["content"]) for turn in body["messages"])
    told = chat("good")
    told["usage"] = {
        "prompt_tokens": said // 3,
        "completion_tokens": body.get("max_tokens") or body["max_completion_tokens"],
    }
    return told


class Till:
    """Counts what a run has to pay."""

    def __init__(self) -> None:
        self.cost = 0.0
        self.calls = 0

    def answer(self, body: Any) -> dict[str, Any]:
        told = billed(body)
        usage = told["usage"]
        self.calls += 1
        self.cost += (usage["prompt_tokens"] * 100 + usage["completion_tokens"] * 200) / 1e6
        return told

    def route(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, json.dumps(self.answer(seen.json)).encode()


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
def server(till: Till) -> Iterator[Server]:
    with Server(routes={"POST /v1/chat/completions": till.route}) as server:
        yield server


@pytest.fixture
def runs(server: Server, tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"})
    (tmp_path / "prices.toml").write_text(TABLE)
    runs.write(LLM, 8)
    return runs


def test_what_a_plan_says_is_the_most_is_the_most(runs: Runs, till: Till) -> None:
    code, told = runs.run("plan", "plan.toml", *PRICES, "--json")
    assert code == 0, told
    phases = json.loads(told)["phases"]
    code, told = runs.run("run", "plan.toml", "--out", "out", *PRICES)
    assert code == 0, told
    most = sum(phase["cost"] for phase in phases)
    assert till.calls == sum(phase["calls"] for phase in phases) == 16
    assert till.cost <= most < 2 * till.cost


@pytest.mark.parametrize("cap", [0.1, 0.3, 1.0])
def test_no_more_than_the_cap_is_spent(runs: Runs, till: Till, cap: float) -> None:
    code, told = runs.run("run", "plan.toml", "--out", "out", *PRICES, "--max-cost", str(cap))
    assert code == 1, told
    assert till.cost <= cap
    assert (till.calls > 0) == (cap > 0.3)
    assert "--max-cost" in told


def test_nor_in_batches(runs: Runs, server: Server, till: Till) -> None:
    batches = Batches(till.answer)
    batches.done = True
    server.routes = {f"{method} /v1/{what}": batches.route
        for method in ("GET", "POST") for what in ("files", "batches")}  # fmt: skip
    runs.write(f"{LLM}\nbatch = true", 8)
    code, told = runs.run("run", "plan.toml", "--out", "out", *PRICES, "--max-cost", "1")
    assert code == 1, told
    assert 0 < till.cost / 2 <= 1  # half price
    pairs = [arm["items"] for arm in runs.record["arms"]]
    assert max(pairs) - min(pairs) <= 1


@pytest.mark.parametrize("cap", [1, 5])
def test_a_request_after_a_redirect_counts_as_a_call(
    runs: Runs, server: Server, till: Till, cap: int
) -> None:
    moved = 0

    def move(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        nonlocal moved
        moved += 1
        return 307, {"location": "/moved/"}, b""

    server.routes = {"POST /v1/chat/completions": move, "POST /moved/": till.route}
    capped = ("--out", "out", "--max-calls", str(cap), "--max-concurrency", "1")
    code, told = runs.run("run", "plan.toml", *capped)
    assert code == 1, told
    assert "--max-calls" in told
    assert moved + till.calls <= cap
    assert till.calls == cap // 2
    # What was sent counts over a resume too: nothing more is asked under the same cap.
    before = moved, till.calls
    code, told = runs.run("run", "--resume", *capped)
    assert code == 1, told
    assert (moved, till.calls) == before
    # Every item is answered, each by two requests, once the cap allows it.
    code, told = runs.run("run", "--resume", "--out", "out", "--max-calls", "99")
    assert code == 0, told
    assert till.calls == 16


def test_a_reply_that_cannot_fit_the_context_is_refused_before_a_call(
    runs: Runs, till: Till
) -> None:
    runs.write(f"{LLM}\ncontext = 500", 8)
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 2, told
    assert "the model takes 500" in " ".join(told.split())
    assert not till.calls
