"""Whole runs against a service: what fails, what it costs, what stops it, and where keys go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.days import cold, lay_days, plan, record
from known.prices import TABLE
from known.server import Fault, Seen, Server, always
from known.site import Site


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_days(site, tmp_path)


SECRET = "sk-live-0123456789-never-to-be-seen"


def test_a_run_with_a_warm_cache_asks_nothing_and_gives_the_same_record(
    site: Site, place: Path
) -> None:
    with Server(answer=cold) as server:
        made = str(plan(place, server))
        first = site.amplify("run", made, "--out", str(place / "one"))
        assert first.returncode == 0, first.stderr
        assert len(server.seen) == 80
        second = site.amplify("run", made, "--out", str(place / "two"))
        assert second.returncode == 0, second.stderr
        assert len(server.seen) == 80
        third = site.amplify("run", made, "--out", str(place / "three"), "--no-cache")
        assert third.returncode == 0, third.stderr
        assert len(server.seen) == 160
    assert record(place, "one") == record(place, "two") == record(place, "three")
    shown = site.amplify("cache", "info").stdout
    assert "80 replies" in shown
    assert "echo: 80" in shown
    assert "80 replies dropped" in site.amplify("cache", "clear").stdout
    where = site.amplify("cache", "path").stdout.strip()
    assert Path(where).parent == place / "cache" / "amplify"


def test_a_cap_stops_with_what_was_measured_and_the_run_goes_on(site: Site, place: Path) -> None:
    (place / "prices.toml").write_text(TABLE)
    with Server(answer=cold) as server:
        made = str(plan(place, server))
        out = str(place / "out")
        done = site.amplify("run", made, "--out", out, "--max-calls", "50")
        assert (done.returncode, len(server.seen)) == (1, 50)
        assert "stopped by --max-calls: 50 calls were made; 30 items were not asked" in done.stderr
        arms = record(place, "out")["arms"]
        assert [(a["items"], a["prepared"], a["errors"]) for a in arms] == [
            (25, 15, 0),
            (25, 15, 0),
        ]
        assert record(place, "out")["comparisons"][0]["items"] == 25
        told = "arms are compared on the 25 of 40 items that both have answered"
        assert told in record(place, "out")["notes"]
        assert "raise it to go on" in done.stderr
        more = ("--max-calls", "99", "--max-cost", "1", "--prices", str(place / "prices.toml"))
        done = site.amplify("retry", out, *more)
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == 80
        assert "USD" in done.stdout
        whole = site.amplify("run", made, "--out", str(place / "whole"))
        assert whole.returncode == 0
    assert record(place, "out") == record(place, "whole")


def test_what_failed_is_shown_apart_and_retried(site: Site, place: Path) -> None:
    bad = {"day 3 of", "day 8 of"}

    def faults(seen: Seen) -> Fault | None:
        last = seen.prompt.split("\n\n")[-1]
        if "refuse" not in bad and any(words in last for words in bad):
            return Fault("500")
        return Fault("refusal") if "day 11 of" in last or "day 12 of" in last else None

    with Server(faults, answer=cold) as server:
        made = str(plan(place, server, items=50, retries=1))
        out = str(place / "out")
        done = site.amplify("run", made, "--out", out)
        assert done.returncode == 1, done.stderr
        arms = record(place, "out")["arms"]
        failed = sum(arm["errors"] for arm in arms)
        refused = sum(arm["refused"] for arm in arms)
        assert failed > 0
        assert refused > 0
        assert f"{failed} calls failed; to ask again: amplify retry {out}" in done.stderr
        assert "refused" in done.stdout
        assert "more: with the line that goes on, --show" in done.stdout
        assert "--resume" not in done.stdout
        before = len(server.seen)
        bad.add("refuse")
        done = site.amplify("retry", out)
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == before + failed
    assert sum(arm["errors"] for arm in record(place, "out")["arms"]) == 0


def test_why_calls_failed_is_told_with_their_counts(site: Site, place: Path) -> None:
    def faults(seen: Seen) -> Fault | None:
        last = seen.prompt.split("\n\n")[-1]
        if any(f"day {n} of" in last for n in range(3, 12)):
            return Fault("413")
        return Fault("400") if any(f"day {n} of" in last for n in range(20, 24)) else None

    with Server(faults, answer=cold) as server:
        made = str(plan(place, server, items=50, retries=1))
        for options in ((), ("--json",)):
            out = f"out{len(options)}"
            done = site.amplify("run", made, "--out", str(place / out), "--no-cache", *options)
            assert done.returncode == 1, done.stderr
            told = record(place, out)
            counts = {one["kind"]: one["count"] for one in told["failures"]}
            assert list(counts.values()) == sorted(counts.values(), reverse=True)
            assert sum(counts.values()) == sum(arm["errors"] for arm in told["arms"]) > 0
            for kind, status in (("too-long", 413), ("bad-request", 400)):
                line = f"{counts[kind]} calls failed as {kind}, for instance: HTTP {status}: The"
                assert line in done.stderr
        assert json.loads(done.stdout)["failures"] == told["failures"]
    with Server(answer=cold) as server:
        made = str(plan(place, server, items=50))
        done = site.amplify("run", made, "--out", str(place / "whole"), "--no-cache")
    assert done.returncode == 0
    assert "failures" not in record(place, "whole")
    assert "calls failed as" not in done.stderr


def test_a_wrong_key_is_one_call_and_one_plain_error(site: Site, place: Path) -> None:
    with Server(key="right", answer=cold) as server:
        done = site.amplify("run", str(plan(place, server)), "--out", str(place / "out"),
                       WEB_API_KEY=SECRET)  # fmt: skip
        assert len(server.seen) == 1
    assert done.returncode == 1
    assert "Incorrect API key: [WEB_API_KEY]" in done.stderr
    assert "set the right key" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_is_nowhere(site: Site, place: Path) -> None:
    """The server says the key in errors and in replies; every file and every word is looked at."""
    (place / ".env").write_text(f"WEB_API_KEY={SECRET}\nWEB_OTHER=from-the-file\n")

    def faults(seen: Seen) -> Fault | None:
        return Fault("400") if "day 3 of" in seen.prompt.split("\n\n")[-1] else None

    told = []
    with Server(faults, answer=lambda seen: f"cold {seen.key}", key=SECRET) as server:
        made = str(plan(place, server))
        for more in ((), ("--debug",)):
            done = site.amplify("run", made, "--out", f"out{len(more)}", *more)
            told += [done.stdout, done.stderr]
        server.key = "another"
        broken = site.amplify("run", made, "--out", "wrong", "--debug", "--no-cache")
        assert "Traceback" in broken.stderr
        told += [broken.stdout, broken.stderr]
        told += [site.amplify("show", "web").stdout]
        # What the environment says wins over the file.
        other = site.amplify("run", made, "--out", "env", "--no-cache",
                          WEB_API_KEY="another")  # fmt: skip
        assert other.returncode == 0, other.stderr
        assert {seen.key for seen in server.seen} == {SECRET, "another"}
    assert "set" in told[-1]
    assert (place / "out0" / "record.json").exists()
    for text in told:
        assert SECRET not in text
    looked = 0
    for path in place.rglob("*"):
        if path.is_file() and path.name != ".env" and "site" not in path.parts:
            looked += 1
            assert SECRET.encode() not in path.read_bytes(), path
    assert looked > 10


def test_a_dead_server_is_one_plain_error(site: Site, place: Path) -> None:
    with Server(always("500")) as server:
        done = site.amplify("run", str(plan(place, server)), "--out", str(place / "out"))
    assert done.returncode == 1
    assert "6 attempts in a row got no answer; the last: HTTP 500" in done.stderr
    assert f"amplify run --resume --out {place / 'out'}" in done.stderr
    assert len(server.seen) == 6


def test_a_cache_that_cannot_be_used_is_told_before_anything_is_written(
    site: Site, place: Path
) -> None:
    (place / "file").write_text("")
    with Server(answer=cold) as server:
        made = str(plan(place, server))
        done = site.amplify("run", made, "--out", str(place / "out"),
                       AMPLIFY_CACHE_DIR=str(place / "file"))  # fmt: skip
        assert server.seen == []
    assert done.returncode == 2
    assert "the cache of replies cannot be used" in done.stderr
    assert "--no-cache" in done.stderr
    assert not (place / "out").exists()
