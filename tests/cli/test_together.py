"""Runs that share a cache at the same time: what both need is asked, and paid, once."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.runs import Runs, label
from known.served import served
from known.server import Fault, Seen, Server
from known.site import Site
from known.waiting import HUNG

ITEMS = 20
CALLS = 2 * ITEMS


class Gate:
    """Lets `free` answers through and holds the others until it is opened."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.reached = threading.Event()
        self.open = threading.Event()

    def answer(self, seen: Seen) -> str:
        self.free -= 1
        if self.free < 0:
            self.reached.set()
            assert self.open.wait(120)
        return label(seen)


@pytest.fixture
def gate() -> Gate:
    return Gate(free=5)


@pytest.fixture
def server(gate: Gate) -> Iterator[Server]:
    with Server(answer=gate.answer) as server:
        yield server
        gate.open.set()


@pytest.fixture
def runs(site: Site, tmp_path: Path, server: Server) -> Runs:
    return served(site, tmp_path, server, ITEMS)


def about_to_ask(runs: Runs, two: subprocess.Popen[str]) -> None:
    """Return once the run has written its prompts."""
    while not (runs.folder / "two" / "prompts.jsonl").exists():
        assert two.poll() is None
        time.sleep(0.01)


def test_what_two_runs_need_is_asked_once(runs: Runs, server: Server, gate: Gate) -> None:
    one = runs.start("run", "plan.toml", "--out", "one", "-j", "1")
    assert gate.reached.wait(60)
    two = runs.start("run", "plan.toml", "--out", "two", "-j", "1")
    about_to_ask(runs, two)
    gate.open.set()
    for process in (one, two):
        _, told = process.communicate(timeout=HUNG)
        assert process.returncode == 0, told
    assert len(server.seen) == len(server.prompts) == CALLS
    read = [(runs.folder / out / "predictions.jsonl").read_bytes() for out in ("one", "two")]
    assert read[0] == read[1]


def test_what_a_killed_run_was_asking_is_asked_by_the_other(
    runs: Runs, server: Server, gate: Gate
) -> None:
    one = runs.start("run", "plan.toml", "--out", "one", "-j", "1")
    assert gate.reached.wait(60)
    one.send_signal(signal.SIGKILL)
    one.communicate()
    gate.open.set()
    code, told = runs.run("run", "plan.toml", "--out", "two")
    assert code == 0, told
    # What the killed one was being answered is asked again, and what its cache had not written.
    assert CALLS <= len(server.seen) <= CALLS + 6


def test_what_fails_for_one_run_is_asked_by_the_other(
    runs: Runs, server: Server, gate: Gate
) -> None:
    gate.free = 0
    one = runs.start("run", "plan.toml", "--out", "one", "-j", "1", "--max-calls", "1")
    assert gate.reached.wait(60)
    two = runs.start("run", "plan.toml", "--out", "two", "-j", "1")
    about_to_ask(runs, two)
    gate.open.set()
    _, told = one.communicate(timeout=HUNG)
    assert one.returncode == 1, told
    _, told = two.communicate(timeout=HUNG)
    assert two.returncode == 0, told
    assert len(server.seen) == len(server.prompts) == CALLS


@pytest.mark.parametrize("way", ["time", "interrupt"])
def test_a_run_that_waits_can_be_stopped(runs: Runs, server: Server, gate: Gate, way: str) -> None:
    gate.free = 0
    command = ["run", "plan.toml", "--arms", "zero-shot", "-j", "1", "--out"]
    one = runs.start(*command, "one")
    assert gate.reached.wait(60)
    more = ["--max-seconds", "1"] if way == "time" else []
    two = runs.start(*command, "two", *more)
    if way == "interrupt":
        about_to_ask(runs, two)
        two.send_signal(signal.SIGINT)
    _, told = two.communicate(timeout=HUNG)
    assert two.returncode == (1 if way == "time" else 130), told
    assert way != "time" or "waiting for 20 replies that another run is asking for" in told
    assert len(server.seen) == 1
    gate.open.set()
    _, told = one.communicate(timeout=HUNG)
    assert one.returncode == 0, told
    code, told = runs.run("run", "--resume", "--out", "two", "--max-seconds", "99")
    assert code == 0, told
    assert len(server.seen) == ITEMS


def test_without_the_cache_nobody_waits(runs: Runs, server: Server, gate: Gate) -> None:
    gate.free = 10 * CALLS
    for out in ("one", "two"):
        code, told = runs.run("run", "plan.toml", "--out", out, "--no-cache")
        assert code == 0, told
    assert len(server.seen) == 2 * CALLS


def test_a_reply_that_is_not_kept_is_asked_by_each(runs: Runs, server: Server, gate: Gate) -> None:
    gate.free = 10 * CALLS
    server.faults = lambda seen: Fault("content-filter")
    begun = [runs.start("run", "plan.toml", "--out", out) for out in ("one", "two")]
    for process in begun:
        _, told = process.communicate(timeout=HUNG)
        assert process.returncode == 0, told
    assert len(server.seen) == 2 * CALLS
