"""Whole runs by `amplify run` against a local server that speaks the protocol, and fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.openai_words import KEY
from known.runs import TELLING, Runs, label, opinion
from known.server import Seen, Server

ITEMS = 20
CALLS = 2 * ITEMS
"""Two arms ask for the same items, with prompts of their own."""

LLM = 'use = "openai"\nmodel = "known-1"'


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer=label) as server:
        yield server


@pytest.fixture
def runs(server: Server, tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"})
    runs.write(LLM, ITEMS)
    return runs


def test_a_server_of_ones_own_needs_no_key(runs: Runs, server: Server) -> None:
    del runs.env["OPENAI_BASE_URL"]
    runs.write(f'{LLM}\nserver = "vllm"\nbase_url = "{server.url}/v1"', 4)
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert {seen.key for seen in server.seen} == {"none"}
    # Or it gets one of its own, here from a file .env; OpenAI's is not sent there.
    (runs.folder / ".env").write_text("AMPLIFY_SERVER_KEY=sk-own-of-the-server\n")
    server.key = "sk-own-of-the-server"
    code, told = runs.run("run", "plan.toml", "--out", "again", "--no-cache")
    assert code == 0, told
    assert {seen.key for seen in server.seen[-8:]} == {"sk-own-of-the-server"}
    assert [path.name for path in runs.holding("sk-own-of-the-server")] == [".env"]


CHAT = """
[[arms]]
name = "words"
selector = "random"
explainer = "builtin/random"
shots = 3
template = { use = "key-words", layout = "chat", rationale = "after", quotes = "double" }
[[arms]]
name = "own"
like = "words"
template = { use = "file", path = "own.jinja", layout = "chat", system = false }
"""
OWN = """
{% block query %}Review: {{ text }}{% endblock %}
{% block rationale %}See {{ words[0] }}.{% endblock %}
{% block answer %}Verdict: {{ label }}{% endblock %}
"""


def torn(seen: Seen) -> str:
    """The right label in the form that the demonstrations have, and talk of the wrong one."""
    turns = seen.json["messages"]
    right = opinion(turns[-1]["content"])
    (wrong,) = TELLING.keys() - {right}
    if "Verdict:" in turns[1]["content"]:
        return f"They may call it {wrong}, as many would do, and as it may seem. Verdict: {right}"
    return (
        f'The answer is {right}. The key words: "{wrong}", and "x" are important clues to predict'
        f" {wrong} as the correct answer."
    )


def test_conversations_with_ones_own_wording_through_the_whole_loop(
    runs: Runs, server: Server
) -> None:
    server.answer = torn
    plan = runs.folder / "plan.toml"
    plan.write_text(plan.read_text().partition("[[arms]]")[0] + CHAT)
    (runs.folder / "own.jinja").write_text(OWN)
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert runs.accuracies() == {"words": 1.0, "own": 1.0}
    lines = (runs.folder / "out" / "prompts.jsonl").read_text().splitlines()
    sent = [seen.json["messages"] for seen in server.seen]
    for line in map(json.loads, lines):
        assert line["messages"] in sent
        roles = [message["role"] for message in line["messages"]]
        pairs = ["user", "assistant"] * 3 + ["user"]
        first = line["messages"][0]["content"]
        if line["arm"] == "words":
            assert roles == ["system", *pairs]
            assert line["messages"][2]["content"].startswith("The answer is ")
        else:
            assert roles == pairs
            assert first.startswith("Answer with one of: bad, good.\n\nReview: ")
            assert line["messages"][1]["content"].startswith("See ")
    assert len(sent) == CALLS
    assert not any("stop" in seen.json for seen in server.seen)
    # Anew, from the cache: its keys cover the turns.
    code, told = runs.run("run", "plan.toml", "--out", "again")
    assert code == 0, told
    assert len(server.seen) == CALLS
    # A wording that breaks ends the run before anything is asked.
    (runs.folder / "own.jinja").write_text(OWN.replace("words[0]", "words[99]"))
    code, told = runs.run("run", "plan.toml", "--out", "broken")
    assert code == 2, told
    assert "own.jinja:3: block 'rationale' failed for example" in " ".join(told.split())
    assert "Traceback" not in told
    assert len(server.seen) == CALLS
