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
    said = " ".join(done.stderr.split())
    assert f"1 test item is one word from one of its demonstrations: {tested}" in said


def mislabelled(place: Path) -> list[str]:
    """Lay 240 sentences of which every fifteenth tells another label; the options to use them."""
    draw = random.Random(0)
    lines = ["text,label"]
    for number in range(240):
        label, telling = (("cold", COLD), ("warm", WARM))[number % 2]
        text = " ".join([*draw.sample(telling, 4), *draw.choices(REST, k=6), str(number)])
        label = {"cold": "warm", "warm": "cold"}[label] if number % 15 == 0 else label
        lines.append(f"{text},{label}")
    (place / "weather.csv").write_text("\n".join(lines) + "\n")
    return ["-o", "split.train=80", "-o", "split.pool=100"]


def test_labels_that_are_likely_wrong_are_named(site: Site, place: Path) -> None:
    done = run(site, place, "out", *mislabelled(place))
    found = record(place, "out")
    assert [errors["proxy"] for errors in found["label_errors"]] == ["known/counts"]
    suspects = found["label_errors"][0]["suspects"]
    likely = [suspect["item"] for suspect in suspects if suspect["probability"] > 0.5]
    (note,) = [note for note in found["notes"] if "likely wrong" in note]
    assert note.startswith(f"{len(likely)} of 100 pool labels are likely wrong")
    assert all(f"{item} (" in note for item in likely[:5])
    telling = {"cold": COLD, "warm": WARM}
    by_id = {example["id"]: example for example in examples(place)}
    for item in likely:
        assert not set(telling[by_id[item]["label"]]) & set(by_id[item]["text"].split())
    shown = {d["example"]["id"] for d in rows(place, "out", "demonstrations.jsonl")}
    assert {s["item"] for s in suspects if s["shown"]} == shown & {s["item"] for s in suspects}
    assert shown.intersection(likely)
    assert "pool labels are likely wrong" in done.stdout.replace("\n", " ")
    again = amplify(site, place, "run", "--resume", "--out", str(place / "out"))
    assert again.returncode == 0, again.stderr
    assert record(place, "out") == found


def test_a_selector_can_leave_out_labels_that_are_likely_wrong(site: Site, place: Path) -> None:
    more = [*mislabelled(place), "--arms", "amplify", "-o", "survey.errors=proxy"]
    run(site, place, "out", *more)
    skip = ("-o", "arms.amplify.selector={use='h-mcs',skip_suspects=true}")
    done = run(site, place, "two", *more, *skip)
    assert done.returncode == 0, done.stderr
    with_them, without = (
        {d["example"]["id"] for d in rows(place, out, "demonstrations.jsonl")}
        for out in ("out", "two")
    )
    (errors,) = record(place, "two")["label_errors"]
    likely = {s["item"] for s in errors["suspects"] if s["probability"] > 0.5}
    assert len(with_them & likely) == 4
    assert len(without) == 4
    assert not without & likely
    assert "whose label is likely wrong were left out" in " ".join(done.stdout.split())


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
