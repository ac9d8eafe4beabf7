"""Whole runs by the command line, over a torch-free proxy, explainer and LLM."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from known.plugin import LIVE
from known.site import Site
from known.weather import (
    PLAN,
    amplify,
    lay,
    record,
    rows,
    run,
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
