"""Whole runs with other settings: rationales, controls, verdicts, folds and shots."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from known.site import Site
from known.weather import (
    PLAN,
    amplify,
    examples,
    log,
    measured_ids,
    record,
    rows,
    run,
    survey_calls,
)


def test_the_llm_writes_the_rationales_of_its_own_errors(site: Site, place: Path) -> None:
    more = ("--arms", "answer-only,self-topk,ph-cot,auto-cot", "-o", "run.focus=ph-cot",
            "-o", "arms.auto-cot.selector.use=random", "--shots", "4")  # fmt: skip
    done = run(site, place, "out", *more)
    assert done.returncode == 0, done.stderr
    assert not (place / "log.fits").exists(), "no arm needs a proxy"
    shown: dict[str, list[dict[str, Any]]] = {}
    for row in rows(place, "out", "demonstrations.jsonl"):
        shown.setdefault(row["arm"], []).append(row)
    assert [len(shown[name]) for name in ("self-topk", "ph-cot", "auto-cot")] == [4, 4, 4]
    for row in shown["self-topk"]:
        first = set(row["example"]["text"].split()[:3])
        assert row["words"]
        assert {word["text"] for word in row["words"]} <= first
        assert row["rationale"].startswith("The key words: ")
    for row in (*shown["ph-cot"], *shown["auto-cot"]):
        start = row["example"]["text"].split()[0]
        assert row["rationale"] == f" It says {start}. So the answer is"
    labels = {r["item"]: r["label"] for r in rows(place, "out", "predictions.jsonl")}
    calls = rows(place, "out", "calls.jsonl")
    surveyed = {c["item"]: c["completion"]["text"] for c in calls if c["arm"] == "answer-only"}
    chosen = [d["example"] for d in shown["ph-cot"]]
    assert [e["id"] for e in chosen] == [d["example"]["id"] for d in shown["self-topk"]]
    for label in ("cold", "warm"):  # which take turns, the errors of each first
        wrong = [surveyed[e["id"]] != label for e in chosen if e["label"] == label]
        assert wrong == sorted(wrong, reverse=True)
        assert len(wrong) == 2
    assert all(arm["items"] == 40 for arm in record(place, "out")["arms"])
    assert not set(labels) & {e["id"] for e in chosen}
    asked = len(log(place))
    assert run(site, place, "out", "--resume").returncode == 0
    assert len(log(place)) == asked


def test_f_exp_explains_the_pool_once_and_controls_show_the_same(site: Site, place: Path) -> None:
    plan = place / "plan.toml"
    plan.write_text(PLAN + '[[arms]]\nname = "bare"\nlike = "amplify"\ntemplate = "answer-only"\n')
    done = run(site, place, "out", "--selector", "f-exp")
    assert done.returncode == 0, done.stderr
    # 36 pool items were asked, for their errors: each is a candidate, and explained once.
    told = (place / "log.told").read_text().split()
    assert (len(told), len(set(told))) == (36, 36)
    shown: dict[str, list[str]] = {}
    for row in rows(place, "out", "demonstrations.jsonl"):
        shown.setdefault(row["arm"], []).append(row["example"]["id"])
    assert shown["amplify"] == shown["amplify-random-words"] == shown["bare"]
    assert set(shown["amplify"]) <= set(told)
    stored = tomllib.loads((place / "out" / "plan.toml").read_text())
    arms = {arm["name"]: arm for arm in stored["arms"]}
    assert arms["amplify-random-words"]["selection_explainer"] == "log-odds"
    assert "selection_explainer" not in arms["amplify"]
    again = run(site, place, "out", "--resume")
    assert again.returncode == 0, again.stderr
    assert (place / "log.told").read_text().split() == told
    run(site, place, "plain")
    assert "selection_explainer" not in (place / "plain" / "plan.toml").read_text()
    assert shown["amplify"] != [
        row["example"]["id"]
        for row in rows(place, "plain", "demonstrations.jsonl")
        if row["arm"] == "amplify"
    ]


def test_a_gain_that_was_not_shown_ends_with_four(site: Site, place: Path) -> None:
    done = run(site, place, "out")
    assert done.returncode == 0
    assert done.stdout.index("verdict: ") < done.stdout.index("Holm/3")
    assert "not adjusted" not in done.stdout
    main = next(c for c in record(place, "out")["comparisons"] if c["baseline"] == "answer-only")
    shown = main["difference"] > 0 and main["adjusted"] <= 0.05
    # The same answers under a demand: nothing is asked again.
    asked = len(log(place))
    done = run(site, place, "out", "--resume", "--max-p", "0.05")
    assert done.returncode == (0 if shown else 4), done.stderr
    assert record(place, "out")["verdict"]["demand"]["shown"] == shown
    done = run(site, place, "out", "--resume", "--min-gain", "99.5")
    assert done.returncode == 4
    assert "the gain was not shown: the 95% interval begins at" in done.stderr
    assert "99.5 points were asked" in done.stderr
    assert run(site, place, "out", "--resume", "--min-gain", "-100").returncode == 0
    assert len(log(place)) == asked


def test_the_record_holds_the_verdict(site: Site, place: Path) -> None:
    plan = place / "plan.toml"
    plan.write_text(PLAN + 'control_of = "amplify"\ntests = "the key words"\n')
    assert run(site, place, "out").returncode == 0
    found = record(place, "out")
    assert (found["verdict"]["focus"], found["verdict"]["baseline"]) == ("amplify", "answer-only")
    assert [(p["arm"], p["tests"]) for p in found["verdict"]["placebos"]] == [
        ("amplify-random-words", "the key words")
    ]
    assert found["verdict"]["demand"] is None
    assert {c["comparisons"] for c in found["comparisons"]} == {3}
    assert {c["family"] for c in found["comparisons"]} == {"amplify against every other arm"}
    assert all(c["adjusted"] >= c["p_value"] for c in found["comparisons"])


def test_json_on_stdout_is_the_record_alone(site: Site, place: Path) -> None:
    done = run(site, place, "out", "--json")
    assert json.loads(done.stdout) == record(place, "out")


def test_command_line_over_environment_over_file(site: Site, place: Path) -> None:
    def shots(*more: str, **env: str) -> int:
        done = amplify(site, place, "plan", str(place / "plan.toml"), "--json", *more, **env)
        assert done.returncode == 0, done.stderr
        found: int = json.loads(done.stdout)["plan"]["arms"][2]["shots"]
        return found

    assert shots() == 4
    assert shots(AMPLIFY_SHOTS="3") == 3
    assert shots("--shots", "2", AMPLIFY_SHOTS="3") == 2


def test_plan_makes_no_call_and_counts_what_a_run_makes(site: Site, place: Path) -> None:
    done = amplify(site, place, "plan", str(place / "plan.toml"), "--json")
    planned = json.loads(done.stdout)
    assert log(place) == []
    assert planned["prompt"]["stand_ins"]
    assert planned["prompt"]["messages"][0]["content"].count("The key words: ") == 4
    run(site, place, "out")
    calls = {p["name"]: p["calls"] for p in planned["phases"]}
    assert set(calls) == {
        "survey",
        "answer (zero-shot)",
        "answer (answer-only)",
        "answer (amplify)",
        "answer (amplify-random-words)",
    }
    assert sum(calls.values()) - 4 == len(log(place))


def test_max_shots_takes_what_fits(site: Site, place: Path) -> None:
    done = run(site, place, "out", "-o", "arms.amplify.shots=max", "-o", "llm.limit=300")
    assert done.returncode == 0, done.stderr
    prompts = [p for p in rows(place, "out", "prompts.jsonl") if p["arm"] == "amplify"]
    longest = max(len(p["messages"][0]["content"].split()) for p in prompts)
    shown = prompts[0]["messages"][0]["content"].count("The key words: ")
    assert 4 < shown < 32
    assert longest + 100 <= 300
    assert longest + 100 + longest // shown > 300


def test_folds_make_the_pool_its_own_train_split(site: Site, place: Path) -> None:
    more = ("-o", "split.folds=4", "-o", "split.pool=100", "-o", "split.train=0")
    done = run(site, place, "out", *more, "-o", "executor.use=processes")
    assert done.returncode == 0, done.stderr
    assert record(place, "out")["data"]["splits"] == {
        "train": 100,
        "pool": 100,
        "test": 40,
        "folds": 4,
    }
    again = run(site, place, "two", *more)
    assert again.returncode == 0
    one, two = record(place, "out"), record(place, "two")
    assert one["arms"] == two["arms"]
    assert one["proxy"] == two["proxy"]


def test_an_arm_keeps_what_it_inherits_when_it_is_picked_alone(site: Site, place: Path) -> None:
    plan = place / "plan.toml"
    plan.write_text(PLAN + '[[arms]]\nname = "again"\nlike = "amplify-random-words"\n')
    done = amplify(site, place, "plan", str(plan), "--arms", "answer-only,again", "--json")
    arm = json.loads(done.stdout)["plan"]["arms"][1]
    assert (arm["selector"], arm["shots"], arm["mask"]) == ("h-mcs", 4, [])


def test_max_shots_explains_once(site: Site, place: Path) -> None:
    done = run(site, place, "out", "-o", "arms.amplify.shots=max", "-o", "llm.limit=300")
    assert done.stderr.count("explain (amplify)") == 1


def test_the_tasks_scaffolding_is_no_key_word(site: Site, place: Path) -> None:
    data = place / "weather.csv"
    head, *items = data.read_text().strip().split("\n")
    # A word of every text that leans to one label by where it stands twice.
    items = [f"report {line}" for line in items]
    data.write_text("\n".join([head, *items]) + "\n")
    run(site, place, "out", "--keywords", "12")
    shown = rows(place, "out", "demonstrations.jsonl")
    words = {w["text"] for d in shown if d["arm"] == "amplify" for w in d["words"]}
    assert words
    assert "report" not in words


def test_a_reply_that_cannot_be_read_is_an_error_of_the_llm(site: Site, place: Path) -> None:
    calls = survey_calls(site, place, "whole")
    tested = measured_ids(place, "whole")
    labels = {e["id"]: e["label"] for e in examples(place)}
    texts = {e["id"]: e["text"] for e in examples(place)}
    right = next(
        c["item"]
        for c in calls
        if c["item"] not in tested and c["completion"]["text"] == labels[c["item"]]
    )
    run(site, place, "out", KNOWN_HUMS=texts[right].split()[-1])
    before, after = record(place, "whole")["survey"], record(place, "out")["survey"]
    assert after["wrong"] == before["wrong"] + 1
    assert after["asked"] == before["asked"]


def test_max_shots_leave_room_for_the_longest_pool_item(site: Site, place: Path) -> None:
    calls = survey_calls(site, place, "whole")
    surveyed = sorted({c["item"] for c in calls} - measured_ids(place, "whole"))[0]
    number = next(e["text"].split()[-1] for e in examples(place) if e["id"] == surveyed)
    data = place / "weather.csv"
    longer = data.read_text().replace(f" {number},", f"{' again' * 100} {number},")
    data.write_text(longer)
    more = (
        "-o",
        "arms.answer-only.shots=max",
        "-o",
        "llm.limit=400",
        "--arms",
        "answer-only,amplify",
    )
    done = run(site, place, "out", *more)
    assert done.returncode == 0, done.stderr
