"""A probe of a plan by the command line: what it asks, what it tells, and how it ends."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from known.runs import label
from known.served import served
from known.server import Server
from known.site import Site
from known.waiting import HUNG, wait_until
from known.weather import amplify, log, measured_ids, rows, start

from amplify.loop.compare.power import needed_prompt_items


def probed(site: Site, place: Path, *more: str, **env: str) -> dict[str, Any]:
    """What a probe of the plan says, as JSON."""
    done = amplify(site, place, "plan", str(place / "plan.toml"), *more, "--json", **env)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_both_arms_are_asked_the_same_pool_items_and_what_they_say_is_told(
    site: Site, place: Path
) -> None:
    told = probed(site, place, "--probe", "20")
    probe = told["probe"]
    asked: dict[str, list[str]] = {}
    for line in log(place):
        arm, item, *_ = line.split()
        asked.setdefault(arm, []).append(item)
    assert {name: len(items) for name, items in asked.items()} == {
        "zero-shot": 20,
        "answer-only": 20,
    }
    assert asked["zero-shot"] == asked["answer-only"]
    assert (probe["items"], probe["calls"], probe["kept"]) == (20, 40, False)
    assert (place / "log.fits").read_text() == "fit\n"

    seen = probe["headroom"]
    zero, few = seen["scores"]
    assert (zero["name"], few["name"]) == ("zero-shot", "answer-only")
    assert zero["read"] == {"stated": 20}
    (proxy,) = seen["proxies"]
    gaps = {(gap["arm"], gap["below"]): gap["difference"] for gap in seen["gaps"]}
    gap = proxy["accuracy"] - zero["accuracy"]
    assert gaps["zero-shot", proxy["name"]] == pytest.approx(gap)
    ceiling = seen["ceiling"]
    assert ceiling["interval"][0] < ceiling["accuracy"] < ceiling["interval"][1]
    gap = ceiling["accuracy"] - few["accuracy"]
    assert gaps["answer-only", "ceiling"] == pytest.approx(gap)
    share = seen["discordance"]["share"]
    assert share == (seen["difference"]["fixed"] + seen["difference"]["broken"]) / 20
    outlook = told["prompt_outlook"]
    cautious = sum(seen["discordance"]["interval"]) / 2
    assert (outlook["discordance"], outlook["basis"]) == (cautious, "probed")
    prompts, methods = probe["needed"]
    assert (prompts["level"], methods["level"]) == ("prompt", "method")
    assert prompts["items"] == needed_prompt_items(0.05, cautious, outlook["comparisons"])
    answers = sum(p["calls"] for p in told["phases"] if p["of_test"])
    fixed = sum(p["calls"] for p in told["phases"] if not p["of_test"])
    assert prompts["calls"] == fixed + answers * prompts["items"] / 40

    run = amplify(
        site, place, "run", str(place / "plan.toml"), "--arms", "zero-shot,answer-only", "--out",
        str(place / "out"),
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    shown = {row["example"]["id"] for row in rows(place, "out", "demonstrations.jsonl")}
    unasked = measured_ids(place, "out") | shown
    assert len(unasked) == 44
    assert unasked.isdisjoint(asked["zero-shot"])


def test_what_cannot_be_read_and_what_fails_is_counted(site: Site, place: Path) -> None:
    done = amplify(
        site, place, "plan", str(place / "plan.toml"), "--probe", "30", "--json",
        KNOWN_HUMS="noon", KNOWN_REFUSES="town",
    )  # fmt: skip
    assert done.returncode == 1
    assert "calls failed as refused, for instance: not that" in done.stderr
    probe = json.loads(done.stdout)["probe"]
    for score in probe["headroom"]["scores"]:
        assert score["unparsed"] == score["read"]["unread"] > 0
        assert score["errors"] > 0
    assert any("replies could not be read, for instance 'hm'" in note for note in probe["notes"])


def test_a_plan_without_these_arms_is_probed_with_the_presets(site: Site, place: Path) -> None:
    told = probed(site, place, "--probe", "6", "--arms", "amplify", "-o", "survey.errors=none")
    assert [s["name"] for s in told["probe"]["headroom"]["scores"]] == ["zero-shot", "answer-only"]
    assert [arm["name"] for arm in told["plan"]["arms"]] == ["amplify"]


def test_a_cap_stops_a_probe_with_paired_answers(site: Site, place: Path) -> None:
    done = amplify(
        site, place, "plan", str(place / "plan.toml"), "--probe", "20", "--max-calls", "9", "--json"
    )
    assert done.returncode == 1
    assert "stopped by --max-calls: 9 calls were made" in done.stderr
    seen = json.loads(done.stdout)["probe"]["headroom"]
    assert [score["items"] for score in seen["scores"]] == [5, 4]
    assert seen["difference"]["items"] == 4


def test_an_interrupted_probe_says_what_becomes_of_its_replies(
    site: Site, place: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    plan = str(place / "plan.toml")
    paced = {"KNOWN_PAUSE": "0.05", "TMPDIR": str(scratch)}
    process = start(site, place, "plan", plan, "--probe", "36", **paced)
    wait_until(lambda: len(log(place)) >= 3, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=HUNG)
    assert process.returncode == 130
    assert "the replies of this probe are not kept" in errors
    assert "Traceback" not in errors
    assert list(scratch.glob("amplify-probe-*")) == []
    assert not (place / "out").exists()


def test_a_service_is_paid_once_for_probe_and_run(site: Site, tmp_path: Path) -> None:
    with Server(answer=label) as server:
        runs = served(site, tmp_path, server)
        code, said = runs.run("plan", "plan.toml", "--probe", "8", "--draws", "2", "--json")
        assert code == 0, said
        paid = len(server.seen)
        assert paid == 16
        code, said = runs.run("plan", "plan.toml", "--probe", "8", "--draws", "2")
        assert code == 0, said
        assert "the probe made 0 calls" in said
        assert "finds the replies in the cache" in said.replace("\n", " ")
        assert len(server.seen) == paid
        code, said = runs.run("run", "plan.toml", "--draws", "2", "--out", "out")
        assert code == 0, said
        prompts = Counter(seen.prompt for seen in server.seen)
        assert max(prompts.values()) == 1


def test_a_stated_discordance_is_what_the_power_is_told_at(site: Site, place: Path) -> None:
    told = probed(site, place, "--discordance", "0.1")
    assert "probe" not in told
    assert told["prompt_outlook"]["basis"] == "stated"
    assert told["prompt_outlook"]["chances"][1]["needed_items"] == needed_prompt_items(0.1, 0.1, 3)
    assert log(place) == []
