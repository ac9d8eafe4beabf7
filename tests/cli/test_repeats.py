"""Items that are asked several times: the vote, the flips, what it costs, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import threading
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
[split]
train = 0
pool = 10
test = 40
[run]
choose_on = 0
{run}
[llm]
{llm}
[calls]
backoff = 0.01
retries = 0
[[arms]]
name = "zero"
[[arms]]
name = "shown"
selector = "random"
shots = 3
{arm}
"""
DECLARATIONS = """
    from amplify import ProviderComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(name="greedy", factory="{module}_live:Greedy", summary="no chance")
"""
LIVE = """
    from amplify import Completion, SyncProvider

    class Greedy(SyncProvider):
        identity = {"provider": "greedy"}

        def complete(self, requests):
            # What was shown last is the answer.
            for index, request in enumerate(requests):
                text = request.prompt.text
                warm, cold = text.rfind("A: warm"), text.rfind("A: cold")
                yield index, Completion("warm" if warm > cold else "cold", "greedy")
"""


class Fickle:
    """Of the replies to an odd item's prompt two of three are right; else all are."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __call__(self, seen: Seen) -> str:
        with self.lock:
            self.seen[seen.prompt] += 1
            time = self.seen[seen.prompt]
        day = int(seen.prompt.rpartition("day ")[2].split()[0])
        return ("warm", "cold")[(day + (time % 3 == 2) * (day % 2)) % 2]


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    install(site)
    site.add("amplify-greedy", DECLARATIONS, live=LIVE)
    rows = [f"day {n} of may,{('warm', 'cold')[n % 2]}" for n in range(50)]
    (tmp_path / "days.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    return tmp_path


def amplify(
    site: Site,
    place: Path,
    *arguments: str,
    command: Sequence[str] = ("run", "--out", "out", "--no-cache"),
    llm: str | Server = 'use = "greedy"',
    arm: str = "repeats = 3",
    run: str = "",
) -> subprocess.CompletedProcess[str]:
    if isinstance(llm, Server):
        llm = f'use = "web"\nurl = "{llm.url}/v1"'
    (place / "plan.toml").write_text(PLAN.format(llm=llm, arm=arm, run=run))
    name, *rest = command
    return site.amplify(name, "plan.toml", *rest, *arguments, cwd=place)


def arms(place: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((place / "out/record.json").read_text())["arms"]
    return rows


def rows(place: Path, arm: str = "shown") -> list[dict[str, Any]]:
    lines = (place / "out/predictions.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if row["arm"] == arm]


def words(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_the_majority_of_the_repeats_is_the_answer(site: Site, place: Path) -> None:
    with Server(answer=Fickle()) as server:
        done = amplify(site, place, llm=server)
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == 40 + 3 * 40
    zero, shown = arms(place)
    assert "stability" not in zero
    odd = [row for row in rows(place) if row["label"] == "cold"]
    assert {tuple(map(tuple, row["votes"])) for row in odd} == {(("cold", 2), ("warm", 1))}
    even = [row for row in rows(place) if row["label"] == "warm"]
    assert {tuple(map(tuple, row["votes"])) for row in even} == {(("warm", 3),)}
    assert "votes" not in rows(place, "zero")[0]
    assert (shown["items"], shown["answers"], shown["correct"]) == (40, 40, 40)
    stability = shown["stability"]
    assert (stability["repeats"], stability["answers"]) == (3, 40)
    assert (stability["flipped"], stability["flips"]) == (len(odd), round(len(odd) / 40, 4))
    single = 1 - len(odd) / 40 / 3
    assert stability["single_accuracy"] == pytest.approx(single, abs=1e-4)
    low, high = stability["interval"]
    assert low < single < high
    unequal = "shown takes a vote of 3 replies, otherwise than zero: a comparison with it is one of"
    assert unequal in words(done)
    told = f"shown, 3 repeats: {len(odd)} of 40 answers flip between repeats"
    assert told in words(done)
    assert f"a single reply is right in {single:.1%}" in words(done)
    assert shown["tokens"]["output"] > 2.9 * zero["tokens"]["output"]


def test_a_resumed_run_repeats_no_repeat(site: Site, place: Path) -> None:
    broken = threading.Event()

    def faults(seen: Seen) -> Fault | None:
        # The eighth call on, and then never again once `broken` is set.
        return Fault("400") if not broken.is_set() and len(server.seen) % 8 == 0 else None

    with Server(answer=Fickle(), faults=faults) as server:
        done = amplify(site, place, llm=server)
        assert done.returncode == 1, done.stderr
        failed = sum(row["status"] == "failed" for row in rows(place))
        assert failed
        broken.set()
        count, lines = len(server.seen), (place / "out/calls.jsonl").read_text().splitlines()
        missing = sum("failure" in json.loads(line) for line in lines)
        done = amplify(site, place, "--resume", llm=server)
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == count + missing
    assert all(sum(n for _, n in row["votes"]) == 3 for row in rows(place))


def test_a_cap_pays_for_whole_items(site: Site, place: Path) -> None:
    with Server(answer=Fickle()) as server:
        done = amplify(site, place, "--max-calls", "82", "-j", "1", llm=server)
        assert done.returncode == 1, done.stderr
        assert len(server.seen) == 82
    # 20 items of both arms take 80 calls; the one of which a part was asked is not scored.
    assert [arm["answers"] for arm in arms(place)] == [21, 20]


def test_the_cache_keeps_repeats_apart(site: Site, place: Path) -> None:
    command = ("run", "--out")
    with Server(answer=Fickle()) as server:
        first = amplify(site, place, command=(*command, "out"), llm=server)
        assert first.returncode == 0, first.stderr
        before = [row["votes"] for row in rows(place)]
        asked = len(server.seen)
        second = amplify(site, place, command=(*command, "again"), llm=server)
        assert second.returncode == 0, second.stderr
        assert len(server.seen) == asked
    again = (place / "again/predictions.jsonl").read_text().splitlines()
    assert [json.loads(line).get("votes") for line in again][-40:] == before


@pytest.mark.parametrize("how", ["plan", "command line"])
def test_demonstrations_stand_in_another_order(site: Site, place: Path, how: str) -> None:
    run = 'repeats_by = "order"' + ("\nrepeats = 4" if how == "plan" else "")
    arguments = () if how == "plan" else ("--repeats", "4")
    done = amplify(site, place, *arguments, arm="", run=run)
    assert done.returncode == 0, done.stderr
    calls = [json.loads(line) for line in (place / "out/calls.jsonl").read_text().splitlines()]
    assert Counter(call["arm"] for call in calls) == {"zero": 40, "shown": 160}
    assert "arm zero: it has no demonstrations that could stand in another order" in words(done)
    votes = {tuple(map(tuple, row["votes"])) for row in rows(place)}
    assert all(sum(n for _, n in of_item) == 4 for of_item in votes)
    assert arms(place)[1]["stability"]["repeats"] == 4
    # The same seed, the same orders.
    first = rows(place)
    again = amplify(site, place, *arguments, command=("run", "--out", "out2"), arm="", run=run)
    assert again.returncode == 0, again.stderr
    lines = (place / "out2/predictions.jsonl").read_text().splitlines()
    second = [json.loads(line) for line in lines]
    assert [row for row in second if row["arm"] == "shown"] == first


def test_two_demonstrations_have_two_orders(site: Site, place: Path) -> None:
    done = amplify(
        site,
        place,
        "--shots",
        "2",
        command=("run", "--out", "two"),
        arm='repeats = 5\nrepeats_by = "order"',
    )
    assert done.returncode == 0, done.stderr
    told = (
        "its demonstrations have no more orders, so that each item is asked 2 times in place of 5"
    )
    assert told in words(done)


def test_plan_counts_every_repeat(site: Site, place: Path) -> None:
    with Server() as server:
        done = amplify(site, place, command=("plan", "--json"), llm=server)
        assert done.returncode == 0, done.stderr
        assert not server.seen
    phases = {phase["name"]: phase for phase in json.loads(done.stdout)["phases"]}
    assert phases["answer (shown)"]["calls"] == 120
    assert phases["answer (zero)"]["calls"] == 40


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({}, "greedy does not sample, so that all repeats would be the same reply"),
        ({"arm": "repeats = 0"}, "a count, 1 to 1000"),
        ({"arm": "", "run": "repeats = 0"}, "repeats are 1 to 1,000"),
    ],
)
def test_repeats_that_could_not_differ_are_refused(
    site: Site, place: Path, tables: dict[str, str], problem: str
) -> None:
    for command in (("plan",), ("run", "--out", "out")):
        done = amplify(site, place, command=command, **tables)
        assert done.returncode == 2
        assert problem in words(done)
    assert not (place / "out").exists()


def test_a_study_has_the_stability_of_its_arms(site: Site, place: Path) -> None:
    study = """
[study]
seeds = [1, 2]
[[tasks]]
name = "days"
task = { use = "csv", path = "days.csv" }
split = { train = 0, pool = 10, test = 40 }
[[llms]]
name = "greedy"
llm = { use = "greedy" }
[[arms]]
name = "zero"
[[arms]]
name = "shown"
selector = "random"
shots = 3
repeats = 4
repeats_by = "order"
"""
    (place / "study.toml").write_text(study)
    done = site.amplify("study", "study.toml", "--out", "study", cwd=place)
    assert done.returncode == 0, done.stderr
    record = json.loads((place / "study/record.json").read_text())
    zero, shown = record["results"][0]["arms"]
    assert "stability" not in zero
    stability = shown["stability"]
    assert (stability["repeats"], stability["answers"]) == (4, 80)
    assert record["work"]["calls"]["alone"] == 2 * 40 * (1 + 4)
    table = csv.DictReader(io.StringIO((place / "study/table.csv").read_text()))
    rows = {row["arm"]: (row["repeats"], row["flipped"]) for row in table}
    assert rows == {"zero": ("1", "0"), "shown": ("4", str(stability["flipped"]))}
    told = f"shown, 4 repeats: {stability['flipped']} of 80 answers flip between repeats"
    assert told in (place / "study/table.md").read_text()
    again = site.amplify("study", "--resume", "--out", "study", cwd=place)
    assert again.returncode == 0, again.stderr
    assert json.loads((place / "study/record.json").read_text()) == record
