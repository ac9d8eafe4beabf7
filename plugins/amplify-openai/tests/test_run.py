"""Whole runs by `amplify run` against a local server that speaks the protocol, and fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from known.runs import TELLING, Runs, label, opinion
from known.server import Seen, Server
from known.vendors import openai

pytestmark = pytest.mark.once

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
    runs = Runs(tmp_path, openai().env(server.url))
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


@dataclass
class Talked:
    """A run of conversations with wording of one's own, and the server that answered it."""

    runs: Runs
    server: Server

    def prompts(self, arm: str) -> list[list[dict[str, str]]]:
        """The messages of each prompt of the arm, as the run folder keeps them."""
        lines = (self.runs.folder / "out" / "prompts.jsonl").read_text().splitlines()
        return [line["messages"] for line in map(json.loads, lines) if line["arm"] == arm]


def converse(folder: Path, server: Server) -> Runs:
    """A folder with a plan of two arms that talk."""
    runs = Runs(folder, openai().env(server.url))
    runs.write(LLM, ITEMS)
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text().partition("[[arms]]")[0] + CHAT)
    (folder / "own.jinja").write_text(OWN)
    return runs


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talked]:
    with Server(answer=torn) as server:
        runs = converse(tmp_path_factory.mktemp("talked"), server)
        code, told = runs.run("run", "plan.toml", "--out", "out")
        assert code == 0, told
        yield Talked(runs, server)


def test_replies_in_wording_of_ones_own_are_read(talked: Talked) -> None:
    assert talked.runs.accuracies() == {"words": 1.0, "own": 1.0}


def test_the_turns_of_the_run_folder_are_those_that_were_sent(talked: Talked) -> None:
    sent = [json.dumps(seen.json["messages"]) for seen in talked.server.seen[:CALLS]]
    kept = [json.dumps(m) for arm in ("words", "own") for m in talked.prompts(arm)]
    assert sorted(sent) == sorted(kept)


def test_no_conversation_is_stopped_by_a_word(talked: Talked) -> None:
    assert not any("stop" in seen.json for seen in talked.server.seen)


def test_a_built_in_wording_talks_in_turns_behind_a_system_message(talked: Talked) -> None:
    for messages in talked.prompts("words"):
        roles = [message["role"] for message in messages]
        assert roles == ["system", *["user", "assistant"] * 3, "user"]
        assert messages[2]["content"].startswith("The answer is ")


def test_without_a_system_message_the_first_turn_has_the_instruction(talked: Talked) -> None:
    for messages in talked.prompts("own"):
        roles = [message["role"] for message in messages]
        assert roles == [*["user", "assistant"] * 3, "user"]
        instruction = "Answer with one of: bad, good.\n\nReview: "
        assert messages[0]["content"].startswith(instruction)
        assert messages[1]["content"].startswith("See ")


def test_the_keys_of_the_cache_cover_the_turns(talked: Talked) -> None:
    code, told = talked.runs.run("run", "plan.toml", "--out", "again")
    assert code == 0, told
    assert len(talked.server.seen) == CALLS


def test_a_wording_that_breaks_ends_the_run_before_anything_is_asked(
    tmp_path: Path, server: Server
) -> None:
    runs = converse(tmp_path, server)
    (tmp_path / "own.jinja").write_text(OWN.replace("words[0]", "words[99]"))
    code, told = runs.run("run", "plan.toml", "--out", "broken")
    assert code == 2, told
    assert "own.jinja:3: block 'rationale' failed for example" in " ".join(told.split())
    assert "Traceback" not in told
    assert not server.seen
