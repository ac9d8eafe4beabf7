"""Runs that go on after something has changed: another LLM, a template, a version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.runs import Runs, label
from known.served import served
from known.server import Server
from known.site import Site

ITEMS = 6

PLANS = {"run": "plan.toml", "study": "study.toml"}

TEMPLATE = """{% block query %}Q: {{ text }}
A:{% endblock %}{% block answer %}{{ prefix }} {{ label }}.{% endblock %}"""

ARM = """
[[arms]]
name = "mine"
selector = "random"
shots = 2
template = { use = "file", path = "mine.jinja" }
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer=label) as server:
        yield server


@pytest.fixture
def other() -> Iterator[Server]:
    with Server(answer=label) as server:
        yield server


@pytest.fixture
def runs(site: Site, tmp_path: Path, server: Server) -> Runs:
    runs = served(site, tmp_path, server, ITEMS, "cache = false")
    plan = (tmp_path / "plan.toml").read_text()
    (tmp_path / "study.toml").write_text('[study]\nname = "two"\nseeds = [0, 1]\n' + plan)
    (tmp_path / "mine.jinja").write_text(TEMPLATE)
    return runs


def at(server: Server) -> dict[str, str]:
    return {"WEB_URL": f"{server.url}/v1"}


@pytest.mark.parametrize("command", ["run", "study"])
def test_another_llm_does_not_go_on_with_what_one_answered(
    runs: Runs, server: Server, other: Server, command: str
) -> None:
    code, told = runs.run(command, PLANS[command],
                          "--out", "out", "--max-calls", "8")  # fmt: skip
    assert code == 1, told
    before = sorted((p, p.read_bytes()) for p in (runs.folder / "out").rglob("*.jsonl"))
    runs.env |= at(other)
    code, told = runs.run(command, "--resume", "--out", "out", "--max-calls", "99")
    assert code == 2, told
    assert "the LLM is not the one that the run began with: base_url was " in told
    assert f"{server.url}/v1" in told
    assert f"{other.url}/v1" in told
    assert not other.seen
    assert before == sorted((p, p.read_bytes()) for p in (runs.folder / "out").rglob("*.jsonl"))
    runs.env |= at(server)
    code, told = runs.run(command, "--resume", "--out", "out", "--max-calls", "99")
    assert code == 0, told


@pytest.mark.parametrize("command", ["run", "study"])
def test_an_llm_that_answered_nothing_gives_way(
    runs: Runs, server: Server, other: Server, command: str
) -> None:
    server.die()
    plan = PLANS[command]
    assert runs.run(command, plan, "--out", "out", "-o", "calls.retries=0")[0] == 1
    runs.env |= at(other)
    if (runs.folder / "out").exists():
        code, told = runs.run(command, "--resume", "--out", "out")
        assert code == 0, told


def test_a_run_of_an_earlier_version_goes_on(runs: Runs, server: Server) -> None:
    assert runs.run("run", "plan.toml", "--out", "out", "--max-calls", "8")[0] == 1
    (runs.folder / "out" / "began.json").unlink()
    code, told = runs.run("run", "--resume", "--out", "out", "--max-calls", "99")
    assert code == 0, told
    assert not any("resumed" in note for note in runs.record["notes"])
    assert (runs.folder / "out" / "began.json").exists()


def test_a_template_that_has_changed_is_noted(runs: Runs) -> None:
    plan = runs.folder / "plan.toml"
    plan.write_text(plan.read_text() + ARM)
    assert runs.run("run", "plan.toml", "--out", "out", "--max-calls", "8")[0] == 1
    (runs.folder / "mine.jinja").write_text(TEMPLATE.replace("A:", "Answer:"))
    code, told = runs.run("run", "--resume", "--out", "out", "--max-calls", "99")
    assert code == 0, told
    noted = [note for note in runs.record["notes"] if "prompts are not those" in note]
    assert len(noted) == 1
    assert noted[0].startswith("arms mine: ")


def test_versions_that_have_changed_are_noted(runs: Runs) -> None:
    assert runs.run("run", "plan.toml", "--out", "out")[0] == 0
    before = runs.record
    assert runs.run("run", "--resume", "--out", "out")[0] == 0
    assert runs.record == before
    path = runs.folder / "out" / "began.json"
    began = json.loads(path.read_text())
    began["versions"] |= {"amplify-web": "0.9", "gone": "1"}
    path.write_text(json.dumps(began))
    assert runs.run("run", "--resume", "--out", "out")[0] == 0
    assert runs.record["notes"][-1] == (
        "resumed with other versions: amplify-web 0.9, now 1.0; gone 1, now none"
    )
