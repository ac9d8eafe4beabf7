from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from known.plugin import DECLARATIONS, LIVE
from known.weather import COLD, REST, WARM, WEATHER, amplify, lay, log, record, rows

PLAN = f"""
{WEATHER}
[run]
seed = 1
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = 4
[[arms]]
name = "amplify"
selector = "h-mcs"
explainer = "log-odds"
template = "key-words"
shots = 4
keywords = 3
[[arms]]
name = "amplify-random-words"
like = "amplify"
explainer = "builtin/random"
mask = []
"""

FUNCTION = {"the", "a", "we", "it", "and", "they", "some", "by"}


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan and its data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=PLAN)


def run(
    site: Site, place: Path, out: str, *more: str, **env: str
) -> subprocess.CompletedProcess[str]:
    plan = [str(place / "plan.toml")] if "--resume" not in more else []
    return amplify(site, place, "run", *plan, "--out", str(place / out), *more, **env)


def test_the_whole_method_from_a_csv_file_to_a_record(site: Site, place: Path) -> None:
    done = run(site, place, "out")
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    found = record(place, "out")
    assert found["data"]["splits"] == {"train": 60, "pool": 40, "test": 40, "folds": 0}
    assert [arm["name"] for arm in found["arms"]][-1] == "amplify-random-words"
    for arm in found["arms"]:
        assert arm["items"] == 40
        assert arm["interval"][0] <= arm["accuracy"] <= arm["interval"][1]
        assert arm["tokens"]["input"] > 0
    assert {c["arm"] for c in found["comparisons"]} == {"amplify"}
    assert found["proxy"]["accuracy"] > found["proxy"]["majority"]
    assert found["survey"]["arm"] == "answer-only"
    # The survey's own demonstrations stand in its prompt: they are not asked.
    assert found["survey"]["asked"] == 36
    shown = [d for d in rows(place, "out", "demonstrations.jsonl") if d["arm"] == "amplify"]
    assert len(shown) == 4
    for demonstration in shown:
        for word in demonstration["words"]:
            for start, end in word["places"]:
                text = demonstration["example"]["text"][start:end]
                assert text.casefold() == word["text"].casefold()
        assert demonstration["rationale"].startswith("The key words: ")
    prompts = [p for p in rows(place, "out", "prompts.jsonl") if p["arm"] == "amplify"]
    assert len(prompts) == 40
    assert all(p["messages"][0]["content"].count("The key words: ") == 4 for p in prompts)
    assert len(rows(place, "out", "predictions.jsonl")) == 160
    assert "amplify against" in done.stdout[done.stdout.index("verdict: ") :]


def test_the_demonstrations_are_the_llms_errors_first(site: Site, place: Path) -> None:
    run(site, place, "out")
    calls = rows(place, "out", "calls.jsonl")
    labels = {r["item"]: r["label"] for r in rows(place, "out", "predictions.jsonl")}
    said = {c["item"]: c["completion"]["text"] for c in calls if c["item"] not in labels}
    shown = [d for d in rows(place, "out", "demonstrations.jsonl") if d["arm"] == "amplify"]
    wrong = [said[d["example"]["id"]] != d["example"]["label"] for d in shown]
    errors = record(place, "out")["survey"]["wrong"]
    assert wrong == [True] * min(4, errors) + [False] * (4 - min(4, errors))


def test_the_explanations_faithfulness_is_measured_and_survives_a_resume(
    site: Site, place: Path
) -> None:
    done = run(site, place, "out")
    said = " ".join(done.stdout.split())
    assert "measure faithfulness: 8/8" in done.stderr
    assert said.count("comp ") == 4
    found = {arm["name"]: arm["faithfulness"] for arm in record(place, "out")["arms"]}
    assert found["zero-shot"] is found["answer-only"] is None
    ours, chance = found["amplify"], found["amplify-random-words"]
    assert (ours["measured"], ours["better"]) == (4, 4)
    assert ours["comprehensiveness"] > ours["random_comprehensiveness"] + 0.1
    assert ours["comprehensiveness"] > chance["comprehensiveness"] + 0.1
    # Both arms show the same examples: the random words are the same.
    assert ours["random_comprehensiveness"] == chance["random_comprehensiveness"]
    assert (
        f"faithfulness of amplify: comprehensiveness {ours['comprehensiveness']:.2f}".replace(
            "0.", "."
        )
        in said
    )
    shown = rows(place, "out", "demonstrations.jsonl")
    assert {d["arm"] for d in shown if d["faithfulness"]} == {"amplify", "amplify-random-words"}
    again = run(site, place, "out", "--resume")
    assert "measure faithfulness" not in again.stderr
    assert again.stdout == done.stdout
    off = run(site, place, "off", "-o", "run.faithfulness=false")
    assert "aithfulness" not in off.stdout + off.stderr
    assert all(arm["faithfulness"] is None for arm in record(place, "off")["arms"])


CONTROLS = ("amplify-tf-idf-words", "amplify-shuffled", "amplify-wrong-label-words")


def test_every_control_shows_the_same_demonstrations_with_other_words(
    site: Site, place: Path
) -> None:
    arms = ("zero-shot-cot", "answer-only", "amplify", *CONTROLS)
    done = run(site, place, "out", "--arms", ",".join(arms))
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows(place, "out", "demonstrations.jsonl"):
        found.setdefault(row["arm"], []).append(row)
    assert "zero-shot-cot" not in found
    ours = found["amplify"]
    told = {
        name: [row["rationale"].split(" are important clues to predict ") for row in shown]
        for name, shown in found.items()
        if name != "answer-only"
    }
    for name in CONTROLS:
        assert [row["example"] for row in found[name]] == [row["example"] for row in ours]
        assert [label for _, label in told[name]] == [label for _, label in told["amplify"]]
    words = [words for words, _ in told["amplify"]]
    assert [words for words, _ in told["amplify-shuffled"]] == words[1:] + words[:1]
    for row, wrong in zip(ours, found["amplify-wrong-label-words"], strict=True):
        # Log odds of two labels: a word that speaks for one never speaks for the other.
        assert not {w["text"] for w in row["words"]} & {w["text"] for w in wrong["words"]}
    judged = [one["arm"] for one in record(place, "out")["verdict"]["placebos"]]
    assert sorted(judged) == sorted(CONTROLS)
    prompts = [p for p in rows(place, "out", "prompts.jsonl") if p["arm"] == "zero-shot-cot"]
    assert all(p["messages"][0]["content"].endswith("step by step.") for p in prompts)


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


def test_equal_runs_give_equal_records(site: Site, place: Path) -> None:
    run(site, place, "one")
    run(site, place, "two")
    assert record(place, "one") == record(place, "two")
    run(site, place, "three", "--seed", "2")
    assert record(place, "one")["arms"] != record(place, "three")["arms"]


def test_a_run_killed_in_the_middle_is_resumed_and_repeats_nothing(site: Site, place: Path) -> None:
    command = [sys.executable, "-c", "from amplify.cli.main import main; main()", "run"]
    command += [str(place / "plan.toml"), "--out", str(place / "out")]
    env = {**os.environ, "PYTHONPATH": str(site.path), "KNOWN_LOG": str(place / "log")}
    for _ in range(3):
        before = len(log(place))
        process = subprocess.Popen(
            command, env={**env, "KNOWN_PAUSE": "0.02"}, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while len(log(place)) < before + 25 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        if "--resume" not in command:
            command.append("--resume")
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0, done.stderr
    asked = log(place)
    # A reply that the kill caught between the LLM and the disk may be asked once more, no other.
    again = len(asked) - len(set(asked))
    assert again <= 3
    (place / "log").unlink()
    run(site, place, "whole")
    assert set(asked) == set(log(place))
    assert record(place, "out") == record(place, "whole")


def test_interrupting_tells_how_to_go_on(site: Site, place: Path) -> None:
    command = [sys.executable, "-c", "from amplify.cli.main import main; main()", "run"]
    command += [str(place / "plan.toml"), "--out", str(place / "out")]
    env = {**os.environ, "PYTHONPATH": str(site.path), "KNOWN_LOG": str(place / "log")}
    process = subprocess.Popen(
        command, env={**env, "KNOWN_PAUSE": "0.05"}, stderr=subprocess.PIPE, encoding="utf-8"
    )
    deadline = time.monotonic() + 60
    while len(log(place)) < 10 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"amplify run --resume --out {place / 'out'}" in errors
    assert "Traceback" not in errors
    assert run(site, place, "out", "--resume").returncode == 0


def test_failed_calls_are_shown_apart_and_asked_again_on_resume(site: Site, place: Path) -> None:
    run(site, place, "whole")
    item = rows(place, "whole", "predictions.jsonl")[0]["item"]
    refused = next(e["text"].split()[-1] for e in _examples(place) if e["id"] == item)
    done = run(site, place, "out", KNOWN_REFUSES=refused)
    assert done.returncode == 1
    assert "4 calls failed" in done.stderr
    arms = record(place, "out")["arms"]
    assert [(arm["errors"], arm["items"]) for arm in arms] == [(1, 40)] * 4
    before = len(log(place))
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0
    assert len(log(place)) - before == 4
    assert record(place, "out") == record(place, "whole")


def test_a_folder_with_a_run_is_not_overwritten(site: Site, place: Path) -> None:
    run(site, place, "out")
    asked = len(log(place))
    done = run(site, place, "out")
    assert done.returncode == 2
    assert "--resume" in done.stderr
    done = run(site, place, "out", "--resume", "--seed", "7")
    assert done.returncode == 2
    assert "another plan" in done.stderr
    assert len(log(place)) == asked


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


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            ["--explainer", "slopes"],
            ["known/slopes needs a proxy that offers gradients", "known/counts offers predict"],
        ),
        (
            ["--selector", "f-exp", "-o", "arms.amplify-random-words.selection_explainer=slopes"],
            ["known/slopes needs a proxy that offers gradients", "amplify-random-words"],
        ),
        (
            ["-o", "arms.answer-only.selector.use=f-exp"],
            ["builtin/f-exp ranks by explanations, but the arm has no explainer"],
        ),
        (["--proxy", "nobody"], ["unknown proxy 'nobody'", "known/counts"]),
        (["-o", "llm.limt=3"], ["unknown option 'limt'", "did you mean 'limit'", "[llm]"]),
        (["-o", "llm.limit=lots"], ["limit", "[llm]"]),
        (["-o", "llm.limit=120"], ["tokens", "the model takes 120"]),
        (["--shots", "many"], ["'many' is neither a count nor"]),
        (["--shots", "0"], ["no arm would show anything", "--arms zero-shot"]),
        (["-o", "split.train=many"], ["'train'", "one of: a number, all"]),
        (
            ["--arms", "zero-shot,amplify", "-o", "survey.arm=answer-only"],
            ["[survey] arm: no arm 'answer-only'", "--arms too", "-o survey.arm=NAME"],
        ),
        (["-o", "split.test=500"], ["500", "140"]),
        (["-o", "task.path=nowhere.csv"], ["nowhere.csv"]),
        (["-o", "survey.arm=amplify"], ["[survey] arm", "needs the survey"]),
        (["-o", "split.test=0"], ["[split] test", "no test items"]),
        (["-o", "split.pool=0"], ["found no demonstrations"]),
        (["-o", "arms.zero-shot.template.max_tokens=0"], ["max_tokens is 1 or more"]),
        (["-o", "run.limit=0"], ["a limit is 1 or more"]),
        (["--seed", "-1"], ["a seed is 0 or more"]),
        (["--arms", "zero-shot", "--shots", "5"], ["no arm shows demonstrations"]),
        (["-o", "task.path.x=1"], ["'path'", "no keys of its own"]),
        (["-o", "proxy.date=1979-05-27"], ["a date or time"]),
        (["-o", "arms.amplify.target=other"], ['target is "truth" or "foil"']),
        (["--resume"], ["no run to resume"]),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused_before_the_arms_calls(
    site: Site, place: Path, more: list[str], words: list[str]
) -> None:
    done = run(site, place, "out", *more)
    assert done.returncode == 2, done.stderr
    said = " ".join(done.stderr.split())
    for word in words:
        assert word in said
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert not any(line.startswith("amplify ") for line in log(place))
    # What nobody has answered yet is no run: the same command can be given again.
    assert log(place) or not (place / "out").exists()


def test_max_shots_takes_what_fits(site: Site, place: Path) -> None:
    done = run(site, place, "out", "-o", "arms.amplify.shots=max", "-o", "llm.limit=300")
    assert done.returncode == 0, done.stderr
    prompts = [p for p in rows(place, "out", "prompts.jsonl") if p["arm"] == "amplify"]
    longest = max(len(p["messages"][0]["content"].split()) for p in prompts)
    shown = prompts[0]["messages"][0]["content"].count("The key words: ")
    assert 4 < shown < 32
    assert longest + 100 <= 300
    assert longest + 100 + longest // shown > 300


def test_without_the_llms_answers_the_survey_says_what_to_do(site: Site, place: Path) -> None:
    done = run(site, place, "out", "--llm", "none")
    assert done.returncode == 1
    assert 'errors = "proxy"' in done.stderr
    done = run(site, place, "two", "--llm", "none", "-o", "survey.errors=proxy")
    assert done.returncode == 0
    assert all(arm["accuracy"] is None for arm in record(place, "two")["arms"])
    assert "prepared" in done.stdout
    assert "error source: proxy" in done.stdout


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


def test_other_data_under_a_resumed_run_is_refused(site: Site, place: Path) -> None:
    run(site, place, "out")
    data = place / "weather.csv"
    head, *items = data.read_text().strip().split("\n")
    data.write_text("\n".join([head, *reversed(items)]) + "\n")
    done = run(site, place, "out", "--resume")
    assert done.returncode == 2
    assert "not what the run began with" in done.stderr


def test_demonstrations_that_were_lost_are_noticed(site: Site, place: Path) -> None:
    run(site, place, "out")
    shown = place / "out" / "demonstrations.jsonl"
    shown.write_text("\n".join(shown.read_text().split("\n")[:5]) + "\n")
    done = run(site, place, "out", "--resume")
    assert done.returncode == 2
    assert "has lost demonstrations" in done.stderr
    assert "prepared.json" in done.stderr


def test_a_failed_survey_call_is_a_failure_and_is_asked_again(site: Site, place: Path) -> None:
    pool = {c["item"] for c in _calls(site, place, "whole")} - _tested(place, "whole")
    texts = {d["id"]: d["text"] for d in _examples(place)}
    # The number that ends each text is a word of that item alone.
    refused = texts[sorted(pool)[0]].split()[-1]
    done = run(site, place, "out", KNOWN_REFUSES=refused)
    assert done.returncode == 1
    assert record(place, "out")["survey"]["failed"] == 1
    (place / "log").unlink()
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0, done.stderr
    assert record(place, "out") == record(place, "whole")
    assert any(line.startswith(f"answer-only {sorted(pool)[0]} ") for line in log(place))


def _calls(site: Site, place: Path, out: str) -> list[dict[str, Any]]:
    run(site, place, out)
    return rows(place, out, "calls.jsonl")


def _tested(place: Path, out: str) -> set[str]:
    return {p["item"] for p in rows(place, out, "predictions.jsonl")}


def _examples(place: Path) -> list[dict[str, str]]:
    lines = (place / "weather.csv").read_text().strip().split("\n")[1:]
    return [
        {
            "id": f"weather-{index:04d}",
            "text": line.partition(",")[0],
            "label": line.partition(",")[2],
        }
        for index, line in enumerate(lines)
    ]


def test_a_test_item_among_the_demonstrations_is_refused(site: Site, place: Path) -> None:
    lines = [json.dumps({"text": e["text"].upper(), "label": "cold"}) for e in _examples(place)]
    (place / "shown.jsonl").write_text("\n".join(lines[:100]) + "\n")
    more = ("-o", "arms.answer-only.selector.path=shown.jsonl", "-o", "arms.answer-only.shots=100")
    plan = place / "plan.toml"
    plan.write_text(PLAN.replace('selector = "random"', 'selector = {use = "file"}'))
    done = run(site, place, "out", *more)
    assert done.returncode == 2
    assert "test items stand among its demonstrations" in done.stderr
    assert 'leaks = "note"' in done.stderr
    assert log(place) == []
    done = run(site, place, "two", *more, "-o", "guards.leaks=note", "--arms", "answer-only")
    assert done.returncode == 0, done.stderr
    notes = " ".join(record(place, "two")["notes"])
    assert "arm 'answer-only': " in notes
    assert "test items stand among its demonstrations" in notes


def test_a_test_item_with_another_word_in_a_file_of_shots_is_refused(
    site: Site, place: Path
) -> None:
    run(site, place, "whole", "--arms", "zero-shot")
    tested = sorted(_tested(place, "whole"))[0]
    text = next(e["text"] for e in _examples(place) if e["id"] == tested)
    rest = text.split()[1:]
    (place / "shown.jsonl").write_text(
        json.dumps({"text": " ".join(["x", *rest]), "label": "cold"})
    )
    plan = place / "plan.toml"
    plan.write_text(
        PLAN.replace('selector = "random"', 'selector = {use = "file", path = "shown.jsonl"}')
    )
    done = run(site, place, "out", "--arms", "answer-only")
    assert done.returncode == 2
    assert "are one word from one of its demonstrations: " + tested in " ".join(done.stderr.split())


def test_items_that_look_mislabelled_are_named(site: Site, place: Path) -> None:
    data = place / "weather.csv"
    draw = random.Random(0)
    wrong = [" ".join([*draw.sample(COLD, 4), *draw.choices(REST, k=8)]) for _ in range(12)]
    data.write_text(data.read_text() + "".join(f"{text},warm\n" for text in wrong))
    done = run(site, place, "out")
    notes = [note for note in record(place, "out")["notes"] if "look mislabelled" in note]
    assert len(notes) == 1
    named = notes[0].rpartition(": ")[2].replace(" and ", ", ").split(", ")
    said = {c["item"]: c["completion"]["text"] for c in rows(place, "out", "calls.jsonl")}
    telling = {"cold": COLD, "warm": WARM}
    for example in _examples(place):
        if example["id"] in named:
            other = said[example["id"]]
            assert other != example["label"]
            assert set(telling[other]) & set(example["text"].split())
    assert {name for name in named if name.startswith("weather-")}
    assert "look mislabelled" in done.stdout.replace("\n", " ")


def test_key_words_that_tell_nothing_are_counted(site: Site, place: Path) -> None:
    done = run(site, place, "out", "-o", "survey.errors=proxy")
    assert done.returncode == 0, done.stderr
    arms = {arm["name"]: arm["key_words"] for arm in record(place, "out")["arms"]}
    shown = rows(place, "out", "demonstrations.jsonl")
    for name in ("amplify", "amplify-random-words"):
        words = [w["text"] for d in shown if d["arm"] == name for w in d["words"]]
        assert arms[name]["words"] == len(words)
        assert arms[name]["function"] == sum(w in FUNCTION for w in words)
    assert arms["zero-shot"] is None


def test_a_plugin_that_fails_is_named(site: Site, place: Path) -> None:
    broken = LIVE.replace(
        "def predict(self, examples):",
        "def predict(self, examples):\n" + 12 * " " + "raise MemoryError('too large')",
    )
    site.add("amplify-broken", DECLARATIONS, live=broken)
    done = run(site, place, "out", "--proxy", "broken/counts", "-o", "survey.errors=proxy",
               "--explainer", "known/log-odds", "--llm", "known/voter")  # fmt: skip
    assert done.returncode == 3
    assert "the proxy: MemoryError: too large" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX limits")
def test_a_full_disk_is_told_and_loses_nothing(site: Site, place: Path) -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from amplify.cli.main import main; main()"
    )
    command = [sys.executable, "-c", code, "run", str(place / "plan.toml"), "--out"]
    done = site.python([*command, str(place / "out")], KNOWN_LOG=str(place / "log"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    asked = len(log(place))
    assert run(site, place, "out", "--resume").returncode == 0
    assert len(log(place)) < 2 * asked + 160


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


def test_a_resumed_run_goes_on_with_what_was_prepared(site: Site, place: Path) -> None:
    run(site, place, "out")
    assert run(site, place, "out", "--resume").returncode == 0
    assert (place / "log.fits").read_text() == "fit\n"


def test_a_reply_that_cannot_be_read_is_an_error_of_the_llm(site: Site, place: Path) -> None:
    calls = _calls(site, place, "whole")
    tested = _tested(place, "whole")
    labels = {e["id"]: e["label"] for e in _examples(place)}
    texts = {e["id"]: e["text"] for e in _examples(place)}
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
    calls = _calls(site, place, "whole")
    surveyed = sorted({c["item"] for c in calls} - _tested(place, "whole"))[0]
    number = next(e["text"].split()[-1] for e in _examples(place) if e["id"] == surveyed)
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
