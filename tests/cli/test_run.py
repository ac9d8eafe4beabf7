"""Whole runs by the command line, over a torch-free proxy, explainer and LLM."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from known.plugin import LIVE
from known.site import Site
from known.weather import (
    PLAN,
    amplify,
    examples,
    lay,
    log,
    measured_ids,
    record,
    rows,
    run,
    survey_calls,
)

CONTROLS = ("amplify-tf-idf-words", "amplify-shuffled", "amplify-wrong-label-words")


Whole = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The folder of a whole run, and what it said; the tests that use it only look."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "site").mkdir()
    site = Site(folder / "site")
    done = run(site, lay(site, folder, plan=PLAN), "out")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder, done


def test_the_result_is_told_first(whole: Whole) -> None:
    said = whole[1].stdout
    order = ("verdict: ", "amplify against", "95% CI", "Holm/3: p adjusted", "4 demonstrations of")
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    assert said.index("verdict: ") < 200


def test_three_demonstrations_are_shown_and_the_others_on_request(whole: Whole) -> None:
    folder, done = whole
    assert "4 demonstrations of amplify, the first 3" in done.stdout
    assert "\n  4. " not in done.stdout
    assert "MCS: how sure the proxy is of a wrong label" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("more: ")]
    assert line.endswith("--show demonstrations,verdict,calls,metrics")
    site = Site(folder / "site")
    asked = line.removeprefix("more: amplify ").split()
    again = amplify(site, folder, *asked)
    assert again.returncode == 0, again.stderr
    assert "\n  4. " in again.stdout
    assert "comp " in again.stdout
    assert "more: " not in again.stdout
    refused = amplify(site, folder, "run", "--show", "demonstration")
    assert refused.returncode == 2
    assert "'demonstration' is none of: demonstrations, verdict" in refused.stderr


def test_a_finished_run_is_shown_again_and_nothing_is_built(whole: Whole) -> None:
    folder, done = whole
    before = {path: path.read_bytes() for path in sorted((folder / "out").iterdir())}
    site = Site(folder / "site")
    live = site.path / "amplify_known_plugin_live.py"
    live.write_text("raise ImportError('it is built')")
    again = run(site, folder, "out", "--resume")
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert {path: path.read_bytes() for path in sorted((folder / "out").iterdir())} == before
    other = run(site, folder, "out", "--resume", "--min-gain", "1")
    assert other.returncode == 3
    assert "it is built" in other.stderr
    live.write_text(LIVE)


def test_the_command_for_a_web_page_is_named_at_the_end(whole: Whole) -> None:
    out = whole[0] / "out"
    assert whole[1].stdout.endswith(
        f"use it: amplify predict {out} new.csv\nweb page: amplify report {out}\n"
    )


def test_the_record_tells_the_splits(whole: Whole) -> None:
    splits = record(whole[0], "out")["data"]["splits"]
    assert splits == {"train": 60, "pool": 40, "test": 40, "folds": 0}


def test_every_arm_answers_every_item_and_has_an_interval(whole: Whole) -> None:
    arms = record(whole[0], "out")["arms"]
    names = ["zero-shot", "answer-only", "amplify", "amplify-random-words"]
    assert [(arm["name"], arm["items"]) for arm in arms] == [(name, 40) for name in names]
    assert len(rows(whole[0], "out", "predictions.jsonl")) == 160
    for arm in arms:
        assert arm["interval"][0] <= arm["accuracy"] <= arm["interval"][1]
        assert arm["tokens"]["input"] > 0


def test_the_focus_alone_is_compared(whole: Whole) -> None:
    assert {c["arm"] for c in record(whole[0], "out")["comparisons"]} == {"amplify"}


def test_the_proxy_has_learned_something(whole: Whole) -> None:
    proxy = record(whole[0], "out")["proxy"]
    assert proxy["accuracy"] > proxy["majority"]


def test_the_survey_does_not_ask_what_its_own_prompt_shows(whole: Whole) -> None:
    survey = record(whole[0], "out")["survey"]
    assert (survey["arm"], survey["asked"]) == ("answer-only", 36)


def test_key_words_stand_in_their_example(whole: Whole) -> None:
    shown = [d for d in rows(whole[0], "out", "demonstrations.jsonl") if d["arm"] == "amplify"]
    assert len(shown) == 4
    for demonstration in shown:
        for word in demonstration["words"]:
            for start, end in word["places"]:
                text = demonstration["example"]["text"][start:end]
                assert text.casefold() == word["text"].casefold()


def test_demonstrations_keep_the_score_of_every_word(whole: Whole) -> None:
    shown = [d for d in rows(whole[0], "out", "demonstrations.jsonl") if d["arm"] == "amplify"]
    for demonstration in shown:
        kept = demonstration["attribution"]
        scores = {(span["start"], span["end"]): span["score"] for span in kept["spans"]}
        places = [tuple(place) for word in demonstration["words"] for place in word["places"]]
        assert kept["target"] == demonstration["example"]["label"]
        assert scores.keys() > set(places)
        assert all(scores[place] > 0 for place in places)


def test_every_prompt_of_the_focus_shows_four_rationales(whole: Whole) -> None:
    prompts = [p for p in rows(whole[0], "out", "prompts.jsonl") if p["arm"] == "amplify"]
    shown = [p["messages"][0]["content"].count("The key words: ") for p in prompts]
    assert shown == [4] * 40


def test_the_demonstrations_are_the_llms_errors_first(whole: Whole) -> None:
    place, _ = whole
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
    done = run(site, place, "out", "--show", "demonstrations")
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
    again = run(site, place, "out", "--resume", "--show", "demonstrations")
    assert "measure faithfulness" not in again.stderr
    assert again.stdout == done.stdout
    off = run(site, place, "off", "-o", "run.faithfulness=false")
    assert "aithfulness" not in off.stdout + off.stderr
    assert all(arm["faithfulness"] is None for arm in record(place, "off")["arms"])


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
