"""Whole runs against a service: what fails, what it costs, what stops it, and where keys go."""

from __future__ import annotations

import itertools
import json
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from known.commands import run
from known.prices import TABLE
from known.server import Fault, Seen, Server, always, in_turn, mixed
from known.site import Site
from known.waiting import HUNG, wait_until
from known.webs import install

SECRET = "sk-live-0123456789-never-to-be-seen"


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with the data of a task; the plugin that asks a service is installed."""
    install(site)
    draw = random.Random(3)
    rows = ["text,label"]
    rows += [f"day {n} of {draw.choice(['ice', 'sun'])},{'cold' if n % 2 else 'warm'}"
             for n in range(60)]  # fmt: skip
    (tmp_path / "days.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def plan(place: Path, server: Server, items: int = 40, **calls: Any) -> Path:
    made = place / "plan.toml"
    settings = {"backoff": 0.01, **calls}
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    made.write_text(
        f'[task]\nuse = "csv"\npath = "days.csv"\n[split]\ntrain = 0\npool = 10\ntest = {items}\n'
        f'[llm]\nuse = "web"\nurl = "{server.url}/v1"\n[calls]\n' + "\n".join(lines) + "\n"
        '[[arms]]\nname = "zero-shot"\n'
        '[[arms]]\nname = "answer-only"\nselector = "random"\nshots = 2\n'
    )
    return made


def cold(seen: Seen) -> str:
    return "cold"


def record(place: Path, out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / out / "record.json").read_text())
    return found


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


def test_plan_tells_cost_and_time(site: Site, place: Path) -> None:
    (place / "prices.toml").write_text(TABLE)
    with Server(answer=cold) as server:
        made = str(plan(place, server, requests_per_minute=60))
        more = ("--prices", str(place / "prices.toml"), "--json")
        told = json.loads(site.amplify("plan", made, *more).stdout)
        assert server.seen == []
        unknown = json.loads(site.amplify("plan", made, "--json").stdout)
        shown = site.amplify("plan", made, *more[:2]).stdout
        done = site.amplify("run", made, "--out", str(place / "out"), *more[:2],
                       "-o", "calls.requests_per_minute=60000")  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert told["counted"]
    assert told["price"]["source"] == "a test"
    assert [phase["calls"] for phase in told["phases"]] == [40, 40]
    assert [phase["seconds"] for phase in told["phases"]] == [40.0, 40.0]
    arms = record(place, "out")["arms"]
    assert [p["tokens"] for p in told["phases"]] == [a["tokens"]["input"] for a in arms]
    for phase in told["phases"]:
        most = phase["tokens"] * 125 / 1e6 + phase["most_output"] * 200 / 1e6
        assert phase["cost"] == pytest.approx(most)
    assert [phase["cost"] for phase in unknown["phases"]] == [None, None]
    assert "by a test of 2026-01-01" in " ".join(shown.split())


def test_a_cap_on_money_needs_a_price(site: Site, place: Path) -> None:
    with Server(in_turn()) as server:
        made = str(plan(place, server))
        done = site.amplify("run", made, "--out", str(place / "out"), "--max-cost", "1")
        assert server.seen == []
    assert done.returncode == 2
    assert "the price of 'echo' is unknown" in done.stderr
    assert not (place / "out").exists()


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


ASKING = """
    from amplify import ExplainerComponent, ProxyComponent, hookimpl

    @hookimpl
    def amplify_proxies():
        yield ProxyComponent(name="coin", factory="{module}_live:Coin", summary="a proxy")

    @hookimpl
    def amplify_explainers():
        for name, needs in (("picky", ("llm",)), ("both", ("llm", "predict"))):
            yield ExplainerComponent(
                name=name, factory="{module}_live:Picky", summary="reads JSON", needs=needs
            )
"""

ASKING_LIVE = """
    import json
    from amplify import Explanation, Prompt, Request, Span

    class Coin:
        def __init__(self, options, context):
            pass

    class Picky:
        def __init__(self, options, context):
            self.ask = context.ask

        def explain(self, proxy, claims):
            (reply,) = self.ask([Request(Prompt("", "as JSON"), "picky", "all", 9)])
            words = json.loads(reply.text)
            return [Explanation(c.example, c.target, (Span(0, 3, 1.0),)) for c in claims]
"""


def test_plan_counts_what_explainers_ask_the_llm(site: Site, place: Path) -> None:
    def said(seen: Seen) -> str:
        return "ice, day" if "The answer is" in seen.prompt else "cold"

    arms = "".join(
        f'[[arms]]\nname = "{name}"\nselector = "random"\nshots = {shots}\n'
        f'explainer = "{explainer}"\ntemplate = "{template}"\n'
        for name, shots, explainer, template in (
            ("own-words", 3, "builtin/self-topk", "key-words"),
            ("chains", 4, "builtin/ph-cot", "chain-of-thought"),
            ("fewer-chains", 2, "builtin/ph-cot", "chain-of-thought"),
        )
    )
    (place / "prices.toml").write_text(TABLE)
    with Server(answer=said) as server:
        made = plan(place, server)
        made.write_text(made.read_text() + arms)
        shown = site.amplify("plan", str(made), "--json")
        assert shown.returncode == 0, shown.stderr
        phases = {p["name"]: p for p in json.loads(shown.stdout)["phases"]}
        assert not server.seen
        assert site.amplify("run", str(made), "--out", str(place / "out")).returncode == 0
    calls = [json.loads(x) for x in (place / "out" / "calls.jsonl").read_text().splitlines()]
    for arm, asked, count in (("own-words", "self-topk", 3), ("chains", "ph-cot", 4)):
        phase = phases[f"explain ({arm})"]
        mine = [call for call in calls if call["arm"] == asked]
        assert phase["calls"] == len(mine) == count
        assert phase["most_output"] == count * {"self-topk": 60, "ph-cot": 200}[asked]
        # The stand-in chose the same items, as the selector looks at nothing that is measured.
        assert phase["tokens"] == sum(c["completion"]["usage"]["input"] for c in mine)
    assert "explain (fewer-chains)" not in phases  # the other arm asks the same
    assert sum(p["calls"] for p in phases.values()) == len(calls) == len(server.seen)
    # A chain is as long as it may be, so that what it costs to show is no less than planned.
    told = [c for c in calls if c["arm"] == "chains"]
    assert phases["answer (chains)"]["tokens"] > sum(
        c["completion"]["usage"]["input"] for c in told
    )


@pytest.mark.parametrize("explainer", ["picky", "both"])
def test_plan_says_where_it_cannot_tell_what_an_explainer_asks(
    site: Site, place: Path, explainer: str
) -> None:
    site.add("amplify-asking", ASKING, live=ASKING_LIVE)
    with Server(answer=cold) as server:
        made = plan(place, server)
        made.write_text(
            made.read_text() + f'[[arms]]\nname = "own"\nselector = "random"\nshots = 3\n'
            f'explainer = "{explainer}"\ntemplate = "key-words"\n[proxy]\nuse = "coin"\n'
        )
        shown = site.amplify("plan", str(made), "--json")
        table = site.amplify("plan", str(made), COLUMNS="120")
    assert shown.returncode == table.returncode == 0, shown.stderr + table.stderr
    phases = {p["name"]: p for p in json.loads(shown.stdout)["phases"]}
    assert phases["explain (own)"]["calls"] is None
    assert phases["answer (own)"]["calls"] == 40
    total = next(line for line in table.stdout.splitlines() if "total" in line)
    assert total.count("unknown") == 3
    assert not server.seen
