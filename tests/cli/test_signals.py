"""Signals, interrupts and kills: how they end a run, and what is kept of it."""

from __future__ import annotations

import itertools
import json
import random
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from known.commands import run
from known.days import cold, lay_days, plan, record
from known.server import Fault, Server, mixed
from known.site import Site
from known.waiting import HUNG, wait_until


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_days(site, tmp_path)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_run_in_the_background_too(
    site: Site, place: Path, number: signal.Signals, code: int
) -> None:
    with Server(answer=cold) as server:
        count = itertools.count(1)
        server.faults = lambda seen: Fault("hang") if next(count) > 20 else None
        out = str(place / "out")
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as shells do; processes inherit it
        try:
            process = site.start("run", str(plan(place, server)), "--out", out, "-j", "2")
        finally:
            signal.signal(signal.SIGINT, before)
        wait_until(lambda: len(server.seen) == 22, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(number)
        _, errors = process.communicate(timeout=HUNG)
        assert process.returncode == code
        assert "Traceback" not in errors
        assert f"to go on: amplify run --resume --out {out}" in errors
        assert len((place / "out" / "calls.jsonl").read_text().splitlines()) == 20


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ((signal.SIGINT,), 130),
        ((signal.SIGINT, signal.SIGINT), 130),
        ((signal.SIGTERM,), 143),
        ((signal.SIGHUP,), 129),
    ],
)
def test_a_signal_ends_a_run_in_plain_words(
    site: Site, place: Path, signals: tuple[signal.Signals, ...], code: int
) -> None:
    with Server(answer=cold) as server:
        number = itertools.count(1)
        server.faults = lambda seen: Fault("hang") if next(number) > 20 else None
        out = str(place / "out")
        process = site.start("run", str(plan(place, server)), "--out", out, "-j", "2")
        wait_until(lambda: len(server.seen) == 22, process)
        for number in signals:
            process.send_signal(number)
        _, errors = process.communicate(timeout=HUNG)
        assert process.returncode == code
        assert "Traceback" not in errors
        assert "nobody could catch" not in errors
        assert "amplify: interrupted" in errors
        if len(signals) == 1:
            assert f"to go on: amplify run --resume --out {out}" in errors
        assert len((place / "out" / "calls.jsonl").read_text().splitlines()) == 20


def test_an_interrupt_while_the_command_is_imported_ends_it_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING)
    main = "from amplify.cli.start import main; main()"
    done = run([sys.executable, "-c", main, "list-plugins"], PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "amplify: interrupted\n")


INTERRUPTING = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
"""
"""A process that interrupts itself when it imports the command line's library."""


def test_an_interrupt_keeps_what_was_answered(site: Site, place: Path) -> None:
    held = threading.Event()
    # From the 21st on, calls hang: the interrupt comes while the run waits for two of them.
    with Server(answer=cold) as server:
        number = itertools.count(1)
        server.faults = lambda seen: (
            Fault("hang") if next(number) > 20 and not held.is_set() else None
        )
        out = str(place / "out")
        process = site.start("run", str(plan(place, server)), "--out", out, "-j", "2")
        wait_until(lambda: len(server.seen) == 22, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=HUNG)
        assert process.returncode == 130
        assert f"amplify run --resume --out {out}" in errors
        assert "Traceback" not in errors
        held.set()
        done = site.amplify("run", "--resume", "--out", out)
        assert done.returncode == 0, done.stderr
        # Only what was in flight is asked again.
        assert len(server.seen) == 82


@pytest.mark.slow
def test_killed_twenty_times_nothing_answered_is_asked_again(site: Site, place: Path) -> None:
    befall = mixed(0.2, [Fault("429", 0.01), Fault("500"), Fault("cut"), Fault("not-json")], 7)
    rows = ["text,label", *(f"day {n},{'cold' if n % 2 else 'warm'}" for n in range(1000))]
    (place / "days.csv").write_text("\n".join(rows) + "\n")
    window, kills = 16, 20
    with Server(befall, answer=cold, delay=0.02) as server:
        made = str(plan(place, server, items=980, concurrency=window, cache=False))
        out, draw = str(place / "out"), random.Random(1)
        arguments = ["run", made, "--out", out]
        killed, kept = 0, {}
        while killed < kills:
            process = site.start(*arguments)
            before, more = len(server.seen), draw.randint(1, 60)
            wait_until(lambda enough=before + more: len(server.seen) >= enough, process)  # type: ignore[misc]  # its default is bound here
            process.kill()
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
            time.sleep(0.05)  # what was on the wire arrives
            kept[len(server.seen)] = journaled(place / "out")
            if (place / "out" / "plan.toml").exists():
                arguments = ["run", "--resume", "--out", out]
        done = site.amplify(*arguments)
        assert done.returncode == 0, done.stderr
        asked, seen = server.prompts, server.seen
    assert [(arm["items"], arm["errors"]) for arm in record(place, "out")["arms"]] == [
        (980, 0),
        (980, 0),
    ]
    assert len(asked) == 2 * 980
    # No reply that was on disk at a kill is asked for again, ever.
    assert len(kept) > 10
    for count, answered in kept.items():
        assert not answered & {later.prompt for later in seen[count:]}
    # Faults and what was in flight at a kill explain every repeated request.
    assert sum(asked.values()) - len(asked) <= 0.35 * 2 * 980 + kills * window


def journaled(out: Path) -> set[str]:
    """The prompts whose replies are on disk."""
    if not (out / "prompts.jsonl").exists():
        return set()
    lines = (out / "prompts.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    prompts = {(row["arm"], row["item"]): row["messages"][-1]["content"] for row in rows}
    calls = (out / "calls.jsonl").read_bytes().split(b"\n")[:-1]
    found = [json.loads(line) for line in calls]
    return {prompts[row["arm"], row["item"]] for row in found if "completion" in row}
