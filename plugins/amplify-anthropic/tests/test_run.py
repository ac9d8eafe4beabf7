"""Whole runs by `amplify run` against a local server that speaks the protocol, and fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from known.openai_words import KEY
from known.runs import Runs, label
from known.server import Server

pytestmark = pytest.mark.once

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
