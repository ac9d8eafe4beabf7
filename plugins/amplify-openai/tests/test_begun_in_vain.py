"""A wrong model, key or address: what is left refuses no other run, and nothing is paid twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.openai_words import KEY
from known.runs import Runs, label
from known.server import Server, always

pytestmark = pytest.mark.once


ITEMS, CALLS = 6, 12
LLM = 'use = "openai"\nmodel = "known-1"'
RUN = ("run", "plan.toml", "--out", "out", "-o", "calls.retries=1")

STUDY = """
[study]
name = "one"
[[tasks]]
name = "reviews"
task = { use = "csv", path = "reviews.csv", instruction = "Answer with one of: bad, good." }
[[llms]]
name = "it"
llm = { use = "openai", model = "MODEL" }
[split]
train = 0
pool = 12
test = "all"
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = 3
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer=label, key=KEY, model="known-1") as server:
        yield server


@pytest.fixture
def runs(server: Server, tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"})
    runs.write(LLM, ITEMS)
    return runs


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody can begin to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def begins_anew(runs: Runs, server: Server) -> None:
    """The right run in the same folder asks each call once, and leaves nothing of the wrong one."""
    server.faults = lambda seen: None
    before = len(server.seen)
    code, told = runs.run(*RUN)
    assert code == 0, told
    assert len(server.seen) - before == CALLS
    assert runs.record["provider"]["model"] == "known-1"
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}
    assert not runs.holding("known-2")
    # What was answered is another matter.
    code, told = runs.run(*RUN)
    assert code == 2
    assert "the folder holds a run already" in told


@pytest.mark.parametrize("which", ["model", "key", "address", "500", "400"])
def test_the_right_run_begins_in_the_folder_of_the_wrong_one(
    runs: Runs, server: Server, nobody: str, which: str
) -> None:
    more: tuple[str, ...] = ()
    right = dict(runs.env)
    if which == "model":
        more = ("-o", "llm.model=known-2")
    elif which == "key":
        runs.env["OPENAI_API_KEY"] = "sk-another"
    elif which == "address":
        runs.env["OPENAI_BASE_URL"] = nobody
    else:
        server.faults = always(which)
    code, told = runs.run(*RUN, *more)
    assert code == 1, told
    assert "nothing was answered; to ask again: amplify run --resume --out out" in told
    # To go on with the wrong one tells the same, and what to do.
    code, told = runs.run("run", "--resume", "--out", "out", "-o", "calls.retries=1")
    assert code == 1
    assert "a run with another plan, which then begins anew" in told
    runs.env.update(right)
    if which == "model":
        code, told = runs.run("run", "--resume", "--out", "out", "-o", "llm.model=known-1")
        assert code == 2
        assert "leave --resume out: nothing was answered here" in told
    begins_anew(runs, server)


def test_a_study_begins_anew_too(runs: Runs, server: Server) -> None:
    study = runs.folder / "study.toml"
    command = ("study", "study.toml", "--out", "out")
    study.write_text(STUDY.replace("MODEL", "known-2"))
    code, told = runs.run(*command)
    assert code == 1, told
    assert "HTTP 404" in told
    study.write_text(STUDY.replace("MODEL", "known-1"))
    before = len(server.seen)
    code, told = runs.run(*command)
    assert code == 0, told
    assert len(server.seen) - before == CALLS
    assert not runs.holding("known-2")
    code, told = runs.run(*command)
    assert code == 2
    assert "the folder holds a study already" in told
