"""A cap is the run's, however often it is killed: what was sent and not answered counts too."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from known.prices import TABLE
from known.runs import Runs, label
from known.server import Fault, Server
from known.site import Site
from known.webs import install

QUICK = "concurrency = 4\nretries = 9\ntimeout = 1"


@pytest.fixture
def runs(site: Site, tmp_path: Path) -> Runs:
    install(site)
    (tmp_path / "prices.toml").write_text(TABLE)
    tests = str(Path(__file__).parent.parent)
    return Runs(tmp_path, {"PYTHONPATH": os.pathsep.join((str(site.path), tests))})


@pytest.mark.slow
def test_calls_that_were_in_flight_at_a_kill_count(runs: Runs) -> None:
    """Every third request is never answered, every fifth fails: the run is killed among them."""
    draw = random.Random(4)
    kinds = [None, None, Fault("hang"), None, Fault("500")]
    with Server(lambda seen: draw.choice(kinds), answer=label) as server:
        runs.write(f'use = "web"\nurl = "{server.url}/v1"', calls=QUICK)
        start = ["run", "plan.toml", "--out", "out", "--max-calls", "40"]
        for more in (6, 5, 4):
            before = len(server.seen)
            runs.killed(lambda n=before + more: len(server.seen) >= n, *start)  # type: ignore[misc]  # its default is bound here
            start = ["run", "--resume", "--out", "out", "--max-calls", "40"]
        server.faults = lambda seen: None
        code, told = runs.run(*start)
        assert code == 1, told
        assert "stopped by --max-calls" in told
        assert 28 <= len(server.seen) <= 40
        lines = (runs.folder / "out" / "calls-attempts.jsonl").read_text().splitlines()
        made = [row for row in map(json.loads, lines) if "failed" not in row]
        # Each is on disk before it is sent, so that a kill may come in between.
        assert len(server.seen) <= len(made) <= 40


@pytest.mark.slow
def test_money_that_may_be_gone_at_a_kill_counts(runs: Runs) -> None:
    """The service charges for what was on its way: the most of it, as its replies never came."""
    with Server(lambda seen: Fault("hang"), answer=label) as server:
        runs.write(f'use = "web"\nurl = "{server.url}/v1"')
        caps = ["--max-cost", "0.09", "--prices", "prices.toml"]
        start = ["run", "plan.toml", "--out", "out", *caps]
        most = 0.0
        for _ in range(2):
            before = len(server.seen)
            runs.killed(lambda n=before: len(server.seen) > n, *start)  # type: ignore[misc]  # its default is bound here
            start = ["run", "--resume", "--out", "out", *caps]
        lines = (runs.folder / "out" / "calls-attempts.jsonl").read_text().splitlines()
        for row in map(json.loads, lines):
            most += (row["most"]["input"] * 125 + row["most"]["output"] * 200) / 1e6
        assert len(lines) == 2
        server.faults = lambda seen: None
        code, told = runs.run(*start)
        assert code == 1, told
        spent = sum(
            row["cost"]
            for row in map(
                json.loads, (runs.folder / "out" / "calls.jsonl").read_text().splitlines()
            )
        )
    assert 0 < spent <= 0.09 - most
