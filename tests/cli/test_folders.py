"""A folder for each run, and one process at a time in it."""

from __future__ import annotations

import json
import signal
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.runs import Runs, label
from known.served import served
from known.server import Seen, Server
from known.site import Site
from known.waiting import HUNG

ITEMS = 20
CALLS = 2 * ITEMS

STUDY = """
[study]
name = "two"
seeds = [0, 1]
[task]
use = "csv"
path = "reviews.csv"
instruction = "Answer with one of: bad, good."
[split]
train = 0
pool = 12
test = "all"
[llm]
use = "web"
[[arms]]
name = "zero-shot"
"""


class Held:
    """Answers, but the first `free` of them, wait until `go` is set; `asked` is, once one waits."""

    def __init__(self, free: int = 0) -> None:
        self.free = free
        self.go = threading.Event()
        self.asked = threading.Event()

    def answer(self, seen: Seen) -> str:
        if self.free > 0:
            self.free -= 1
        else:
            self.asked.set()
            assert self.go.wait(120)
        return label(seen)


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.go.set()


@pytest.fixture
def server(held: Held) -> Iterator[Server]:
    with Server(answer=held.answer) as server:
        yield server
        held.go.set()


@pytest.fixture
def runs(site: Site, tmp_path: Path, server: Server) -> Runs:
    runs = served(site, tmp_path, server, ITEMS, "cache = false")
    (tmp_path / "study.toml").write_text(STUDY)
    return runs


def test_a_second_process_in_the_folder_of_a_run_is_refused(
    runs: Runs, server: Server, held: Held
) -> None:
    first = runs.start("run", "plan.toml", "--out", "out")
    assert held.asked.wait(60)
    for command in (
        ["run", "plan.toml", "--out", "out"],
        ["run", "--resume", "--out", "out"],
        ["retry", "out"],
    ):
        code, told = runs.run(*command)
        assert code == 2, told
        assert f"the folder's run is under way, by process {first.pid} on " in told
    held.go.set()
    _, told = first.communicate(timeout=HUNG)
    assert first.returncode == 0, told
    assert len(server.seen) == len(server.prompts) == CALLS
    assert not (runs.folder / "out" / ".lock").exists()
    assert runs.run("run", "--resume", "--out", "out")[0] == 0


def test_a_second_process_in_the_folder_of_a_study_is_refused(
    runs: Runs, server: Server, held: Held
) -> None:
    first = runs.start("study", "study.toml", "--out", "out")
    assert held.asked.wait(60)
    for command in (["study.toml"], ["--resume"]):
        code, told = runs.run("study", *command, "--out", "out")
        assert code == 2, told
        assert f"the folder's study is under way, by process {first.pid} on " in told
    held.go.set()
    _, told = first.communicate(timeout=HUNG)
    assert first.returncode == 0, told
    assert len(server.seen) == len(server.prompts) == ITEMS
    assert runs.run("study", "--resume", "--out", "out")[0] == 0


def test_a_killed_run_holds_no_lock(runs: Runs, server: Server, held: Held) -> None:
    first = runs.start("run", "plan.toml", "--out", "out")
    assert held.asked.wait(60)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert (runs.folder / "out" / ".lock").exists()
    held.go.set()
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told


def test_a_lock_file_that_nobody_holds_is_no_run(runs: Runs, held: Held) -> None:
    held.go.set()
    (runs.folder / "out").mkdir()
    (runs.folder / "out" / ".lock").write_text("left behind")
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told


def test_runs_that_begin_at_once_get_a_folder_each(runs: Runs, held: Held) -> None:
    held.go.set()
    begun = [runs.start("run", "plan.toml", "--seed", str(seed)) for seed in range(4)]
    for process in begun:
        _, told = process.communicate(timeout=HUNG)
        assert process.returncode == 0, told
    folders = sorted((runs.folder / "runs").iterdir())
    assert len(folders) == 4
    seeds = set()
    for folder in folders:
        plan = tomllib.loads((folder / "plan.toml").read_text())
        record = json.loads((folder / "record.json").read_text())
        assert plan["run"]["seed"] == record["seed"]
        seeds.add(record["seed"])
    assert seeds == {0, 1, 2, 3}


def test_studies_that_begin_at_once_get_a_folder_each(runs: Runs, held: Held) -> None:
    held.go.set()
    begun = [runs.start("study", "study.toml", "--seeds", str(seed)) for seed in range(3)]
    for process in begun:
        _, told = process.communicate(timeout=HUNG)
        assert process.returncode == 0, told
    records = [f / "record.json" for f in (runs.folder / "studies").iterdir()]
    assert sorted(json.loads(path.read_text())["seeds"] for path in records) == [[0], [1], [2]]
