"""Replies that cannot be read: counted, or asked for their answer in a second call."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from known.server import Fault, Seen, Server
from known.site import Site
from known.webs import install

PLAN = """
[task]
use = "csv"
path = "days.csv"
{task}
[split]
train = 0
pool = 10
test = 40
[run]
focus = "spoken"
{run}
[llm]
use = "web"
url = "{url}/v1"
[calls]
backoff = 0.01
retries = 0
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "spoken"
like = "answer-only"
template = {{ use = "chain-of-thought", layout = "{layout}", max_tokens = 40 }}
{arm}
"""
RAMBLING = " I see the word, and, and, and"


def answer(seen: Seen) -> str:
    """Answers by one word, but loops behind a chain of thought; half of the loops know better.

    A second call is one that holds the loop.
    """
    messages = seen.json["messages"]
    text = "\n".join(message["content"] for message in messages)
    item = text.rpartition("day ")[2]
    label = "cold" if int(item.split()[0]) % 2 else "warm"
    if RAMBLING.strip() in text:
        return label if int(item.split()[0]) % 4 < 2 else "I cannot tell, and"
    return RAMBLING if "step by step" in text.rpartition("day ")[2] else label


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    install(site)
    rows = [f"day {n} of may,{('warm', 'cold')[n % 2]}" for n in range(50)]
    (tmp_path / "days.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    return tmp_path


def amplify(
    site: Site,
    place: Path,
    server: Server,
    *arguments: str,
    command: Sequence[str] = ("run", "--out", "out", "--no-cache"),
    layout: str = "completion",
    arm: str = 'unread = "ask"',
    run: str = "",
    task: str = "",
) -> subprocess.CompletedProcess[str]:
    plan = PLAN.format(url=server.url, layout=layout, arm=arm, run=run, task=task)
    (place / "plan.toml").write_text(plan)
    name, *rest = command
    return site.amplify(name, "plan.toml", *rest, *arguments, cwd=place)


def record(place: Path, out: str = "out") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((place / out / "record.json").read_text())
    return content


def rows(place: Path) -> list[dict[str, Any]]:
    lines = (place / "out/predictions.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if row["arm"] == "spoken"]


def words(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def second(server: Server) -> list[Seen]:
    return [seen for seen in server.seen if RAMBLING.strip() in json.dumps(seen.json)]


@pytest.mark.parametrize("layout", ["completion", "chat"])
def test_unread_replies_are_asked_for_their_answer(site: Site, place: Path, layout: str) -> None:
    with Server(answer=answer) as server:
        done = amplify(site, place, server, layout=layout)
        assert done.returncode == 0, done.stderr
        asked = second(server)
    assert len(asked) == 40  # one on each reply of the focus, none on those of the other arm
    assert {seen.json["max_tokens"] for seen in asked} == {16}
    messages = asked[0].json["messages"]
    if layout == "chat":
        assert [m["role"] for m in messages[-3:]] == ["user", "assistant", "user"]
        assert messages[-2]["content"] == RAMBLING.strip()
        assert messages[-1]["content"] == (
            "Which of these is the answer: cold, warm? Reply with one of them alone."
        )
    else:
        (message,) = messages
        assert message["content"].endswith(
            f"{RAMBLING}\n\nWhich of these is the answer: cold, warm? Reply with one of them"
            " alone.\nSo the answer is"
        )
    of_arm = rows(place)
    forced = [row for row in of_arm if row["how"] == "forced"]
    assert all(row["answer"] == row["label"] == row["second_reply"] for row in forced)
    unread = [row for row in of_arm if row["how"] == "unread"]
    assert {row["second_reply"] for row in unread} == {"I cannot tell, and"}
    assert {row["reply"] for row in of_arm} == {RAMBLING}
    assert len(forced) + len(unread) == 40
    assert forced
    assert unread
    plain, spoken = record(place)["arms"]
    assert spoken["read"] == {"forced": len(forced), "unread": len(unread)}
    assert spoken["second_calls"] == {"unread": 40, "asked": 40, "read": len(forced)}
    assert "second_calls" not in plain
    assert "spoken asks unread replies again, otherwise than answer-only" in words(done)
    assert (
        f"arm spoken: 40 of 40 unread replies were asked for their answer in a second call,"
        f" {len(forced)} were then read" in words(done)
    )
    told = f"spoken: {len(unread)} of 40 replies are unread, answer-only: 0"
    assert told in words(done)
    assert f"spoken {len(forced)} forced, {len(unread)} unread" in words(done)
    # What the second calls took is counted: each arm's tokens are those of all its calls.
    alone = place / "alone"
    with Server(answer=answer) as server:
        done = amplify(site, place, server, "--out", str(alone), layout=layout, arm="")
        assert done.returncode == 0, done.stderr
        assert not second(server)
    once = record(place, "alone")["arms"][1]
    assert once["read"] == {"unread": 40}
    assert spoken["tokens"]["input"] > 2 * once["tokens"]["input"]


@pytest.mark.parametrize("how", ["plan", "command line"])
def test_a_run_says_it_for_all_arms(site: Site, place: Path, how: str) -> None:
    run = 'unread = "ask"' if how == "plan" else ""
    arguments = () if how == "plan" else ("--unread", "ask")
    with Server(answer=answer) as server:
        done = amplify(site, place, server, *arguments, arm="", run=run)
        assert done.returncode == 0, done.stderr
        assert len(second(server)) == 40


def test_plan_tells_the_most_calls(site: Site, place: Path) -> None:
    with Server(answer=answer) as server:
        command = ("plan", "--json")
        done = amplify(site, place, server, command=command)
        assert done.returncode == 0, done.stderr
        assert not server.seen
    phases = {phase["name"]: phase for phase in json.loads(done.stdout)["phases"]}
    asked = phases["ask unread replies again (spoken), at most"]
    assert (asked["calls"], asked["most_output"]) == (40, 40 * 16)
    assert asked["tokens"] > phases["answer (spoken)"]["tokens"]


def test_a_second_call_that_failed_is_made_again_and_no_other_is(site: Site, place: Path) -> None:
    def faults(seen: Seen) -> Fault | None:
        text = json.dumps(seen.json)
        broken = (
            RAMBLING.strip() in text and text.rpartition("day ")[2].partition(" ")[0][-1] == "3"
        )
        return Fault("400") if broken else None

    with Server(answer=answer, faults=faults) as server:
        done = amplify(site, place, server)
        assert done.returncode == 1, done.stderr
        failed = [row for row in rows(place) if row["status"] == "failed"]
        assert failed
        count = len(server.seen)
        server.faults = lambda seen: None
        done = amplify(site, place, server, "--resume")
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == count + len(failed)
    assert all(row["how"] in ("forced", "unread") for row in rows(place))


def test_a_cap_on_calls_leaves_unread_what_was_not_asked_again(site: Site, place: Path) -> None:
    with Server(answer=answer) as server:
        done = amplify(site, place, server, "--max-calls", "100")
        assert done.returncode == 1, done.stderr
        assert len(server.seen) == 100
        left = [row for row in rows(place) if "second call was not made" in row["error"]]
        assert {row["status"] for row in left} == {"unparsed"}
        assert len(left) == 20
        assert record(place)["arms"][1]["answers"] == 40
        assert "0 items were not asked and 20 second calls were not made" in words(done)
        assert "--max-calls 120" in words(done)
        done = amplify(site, place, server, "--resume", "--max-calls", "120")
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == 120


def test_a_test_that_is_cut_among_second_calls_shows_nothing(site: Site, place: Path) -> None:
    """The tune is as a kill among these calls leaves it, and a lower cap does not let it end."""
    days = [f"a{n} b{n} c{n} day {n} of may,{('warm', 'cold')[n % 2]}" for n in range(50)]
    (place / "days.csv").write_text("text,label\n" + "\n".join(days) + "\n")
    command = ("tune", "--out", "out", "--no-cache")
    tables = "limit = 8\n[tune]\nvalidation = 5"
    with Server(answer=answer) as server:
        done = amplify(site, place, server, command=command, run=tables)
        assert done.returncode == 0, done.stderr
        assert record(place)["race"]["chosen"] == "answer-only"
        tested = {row["item"] for row in rows(place)}
        journal, made, kept = place / "out/calls.jsonl", Counter[str](), []
        for line in journal.read_text().splitlines(keepends=True):
            row = json.loads(line)
            made[row["item"]] += row["arm"] == "spoken" and row["item"] in tested
            kept += [line] * (made[row["item"]] < 2)
        for name in ("calls-attempts.jsonl", "record.json"):
            (place / "out" / name).unlink()
        journal.write_text("".join(kept))
        calls = ("--resume", "--max-calls", str(len(kept) + 3))
        done = amplify(site, place, server, *calls, command=command, run=tables)
    assert done.returncode == 1, done.stderr
    assert record(place)["race"]["chosen"] is None
    assert "its test is not finished" in record(place)["verdict"]["sentences"][0]


@pytest.mark.parametrize(("validation", "made", "reads"), [(5, 2, True), (16, 6, False)])
def test_a_race_that_is_cut_among_second_calls_counts_no_item_without_its_own(
    site: Site, place: Path, validation: int, made: int, reads: bool
) -> None:
    """A kill leaves the first calls of the first round, and a cap then allows some second ones.

    Where no second reply can be read, these items would show that the arm is behind: it goes on all
    the same, as the whole round counts in the end.
    """

    def told(seen: Seen) -> str:
        reply = answer(seen)
        return reply if reads or RAMBLING.strip() not in json.dumps(seen.json) else "I cannot tell"

    days = [f"a{n} b{n} c{n} day {n} of may,{('warm', 'cold')[n % 2]}" for n in range(60)]
    (place / "days.csv").write_text("text,label\n" + "\n".join(days) + "\n")
    command = ("tune", "--out", "out", "--no-cache")
    tables = f"limit = 8\n[tune]\nvalidation = {validation}"
    asked = min(validation, 8)  # items of the first round
    sizes = ("-o", "split.pool=30", "-o", "split.test=20")
    with Server(answer=told) as server:
        done = amplify(site, place, server, *sizes, command=command, run=tables)
        assert done.returncode == 0, done.stderr
        whole = record(place)
        tested = {row["item"] for row in rows(place)}
        journal, kept = place / "out/calls.jsonl", {}
        for line in journal.read_text().splitlines(keepends=True):
            row = json.loads(line)
            if row["item"] not in tested:
                kept.setdefault((row["arm"], row["item"]), line)
        assert len(kept) == 2 * asked
        for name in ("calls-attempts.jsonl", "record.json"):
            (place / "out" / name).unlink()
        journal.write_text("".join(kept.values()))
        resume = (*sizes, "--resume", "--max-calls", str(2 * asked + made))
        done = amplify(site, place, server, *resume, command=command, run=tables)
        assert done.returncode == 1, done.stderr
        race = record(place)["race"]
        assert race["total"] == made
        assert bool(race["exits"]) != reads
        unread = {c["name"]: c["unread"] for c in race["contenders"]}
        assert unread == {"answer-only": 0, "spoken": journal.read_text().count("I cannot tell")}
        # Three calls for an item of both arms: the validation items, and those of the test.
        most = 3 * (validation + 8)
        assert f"--max-calls {most}" in words(done)
        resume = (*sizes, "--resume", "--max-calls", str(most))
        done = amplify(site, place, server, *resume, command=command, run=tables)
        assert done.returncode == 0, done.stderr
    assert record(place)["race"] == whole["race"]
    assert len(journal.read_text().splitlines()) == (most if reads else 3 * (8 + 8))


def test_only_items_without_an_answer_may_need_a_second_call_yet(site: Site, place: Path) -> None:
    with Server(answer=answer) as server:
        done = amplify(site, place, server, "--max-calls", "60")
        assert done.returncode == 1, done.stderr
        # Either arm was asked 30 of its 40 items.
        assert "20 items were not asked and 30 second calls were not made" in words(done)
        assert "--max-calls 120" in words(done)


def test_draws_ask_their_own_replies(site: Site, place: Path) -> None:
    with Server(answer=answer) as server:
        done = amplify(site, place, server, run="draws = 2\nchoose_on = 0")
        assert done.returncode == 0, done.stderr
        assert len(second(server)) == 80
    assert record(place)["arms"][1]["second_calls"]["asked"] == 80


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"run": 'unread = "ask"\nparser = "published"', "arm": ""}, "none is asked again"),
        ({"arm": 'unread = "never"'}, "unread"),
    ],
)
def test_what_cannot_be_asked_again_is_refused(
    site: Site, place: Path, tables: dict[str, str], problem: str
) -> None:
    with Server(answer=answer) as server:
        done = amplify(site, place, server, **tables)  # type: ignore[arg-type]  # by keyword
        assert not server.seen
    assert done.returncode == 2
    assert problem in words(done)
    assert not (place / "out").exists()
