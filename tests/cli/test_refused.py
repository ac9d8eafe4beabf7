"""What a run refuses, and what it warns of."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from known.plugin import DECLARATIONS, LIVE
from known.site import Site
from known.weather import (
    COLD,
    PLAN,
    REST,
    WARM,
    amplify,
    examples,
    log,
    measured_ids,
    record,
    rows,
    run,
)

FUNCTION = {"the", "a", "we", "it", "and", "they", "some", "by"}


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
        (["-o", "split.train=many"], ["[split] train", 'a number or "all"']),
        (
            ["--arms", "zero-shot,amplify", "-o", "survey.arm=answer-only"],
            ["[survey] arm: no arm 'answer-only'", "--arms too", "-o survey.arm=NAME"],
        ),
        (["-o", "split.test=500"], ["500", "140"]),
        (["-o", "task.path=nowhere.csv"], ["nowhere.csv", "set AMPLIFY_DATA"]),
        (["-o", "survey.arm=amplify"], ["[survey] arm", "needs the survey"]),
        (["-o", "split.test=0"], ["[split] test", "no test items"]),
        (["-o", "split.pool=0"], ["found no demonstrations"]),
        (["-o", "arms.zero-shot.template.max_tokens=0"], ["max_tokens is 1 or more"]),
        (["-o", "run.limit=0"], ["a limit is 1 or more"]),
        (["--seed", "-1"], ["a seed is 0 or more"]),
        (["--arms", "zero-shot", "--shots", "5"], ["no arm shows demonstrations"]),
        (["-o", "task.path.x=1"], ["'path'", "no keys of its own"]),
        (["-o", "proxy.date=1979-05-27"], ["a date or time"]),
        (["-o", "arms.amplify.target=other"], ['target: expected "truth" or "foil"']),
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


def test_without_the_llms_answers_the_survey_says_what_to_do(site: Site, place: Path) -> None:
    done = run(site, place, "out", "--llm", "none")
    planned = amplify(site, place, "plan", str(place / "plan.toml"), "--llm", "none")
    assert (done.returncode, planned.returncode) == (2, 2)
    assert 'errors = "proxy"' in done.stderr
    assert done.stderr == planned.stderr
    assert not (place / "out").exists()
    assert not (place / "log.fits").exists()
    done = run(site, place, "two", "--llm", "none", "-o", "survey.errors=proxy")
    assert done.returncode == 0
    assert all(arm["accuracy"] is None for arm in record(place, "two")["arms"])
    assert "prepared" in done.stdout
    assert "error source: proxy" in done.stdout


def test_a_test_item_among_the_demonstrations_is_refused(site: Site, place: Path) -> None:
    lines = [json.dumps({"text": e["text"].upper(), "label": "cold"}) for e in examples(place)]
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
    tested = sorted(measured_ids(place, "whole"))[0]
    text = next(e["text"] for e in examples(place) if e["id"] == tested)
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
    for example in examples(place):
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
    assert "proxy broken/counts of plugin amplify-broken 1.0, arms 'amplify'" in done.stderr
    assert "MemoryError: too large" in done.stderr
    assert "amplify_broken_plugin_live.py:25, in predict" in done.stderr
