"""The proxy itself as a row: what it gets right of the test items, beside the arms."""

from __future__ import annotations

import json
from pathlib import Path

from known.site import Site
from known.weather import amplify, record, rows, run

from amplify.loop.compare.classifier import proxy_names

ONE_ARM = ("--arms", "zero-shot,answer-only", "-o", "survey.errors=none")


def test_the_proxy_is_measured_on_the_test_items_and_told_in_the_verdict(
    site: Site, place: Path
) -> None:
    done = amplify(site, place, "run", str(place / "plan.toml"), "--out", str(place / "out"))
    assert done.returncode == 0, done.stderr
    told = record(place)
    proxy = told["proxy"]["test"]
    prepared = json.loads((place / "out" / "prepared.json").read_text())["on_test"]
    truth = {row["item"]: row["label"] for row in rows(place, "out", "predictions.jsonl")}
    assert prepared[0].keys() == truth.keys()
    right = sum(prepared[0][item] == label for item, label in truth.items())
    assert (proxy["items"], proxy["correct"]) == (40, right)
    assert [c["baseline"] for c in proxy["comparisons"]] == [a["name"] for a in told["arms"]]
    assert sum(row["right"] for row in proxy["metrics"]["classes"]) == right
    name = f"proxy {told['proxy']['name']}"
    assert name in told["verdict"]["sentences"][-1]
    row = ["proxy", name.partition("/")[2], f"{right}/40"]
    assert row in [line.split()[:3] for line in done.stdout.splitlines()]


def test_a_resumed_run_takes_what_the_proxy_said_from_its_folder(site: Site, place: Path) -> None:
    run(site, place, "out")
    before = record(place)
    run(site, place, "out", "--resume")
    assert record(place) == before
    path = place / "out" / "prepared.json"
    stored = json.loads(path.read_text())
    stored["on_test"] = [dict.fromkeys(labels, "warm") for labels in stored["on_test"]]
    path.write_text(json.dumps(stored))
    run(site, place, "out", "--resume")
    assert record(place)["proxy"]["test"]["correct"] == 20


def test_a_folder_of_an_older_version_is_resumed_without_the_row(site: Site, place: Path) -> None:
    run(site, place, "out")
    before = record(place)
    path = place / "out" / "prepared.json"
    stored = json.loads(path.read_text())
    del stored["on_test"]
    path.write_text(json.dumps(stored))
    run(site, place, "out", "--resume")
    after = record(place)
    assert after["arms"] == before["arms"]
    assert "test" not in after["proxy"]
    assert after["verdict"]["sentences"] == before["verdict"]["sentences"][:-1]


def test_labels_of_test_items_that_no_proxy_gave_are_refused(site: Site, place: Path) -> None:
    run(site, place, "out")
    path = place / "out" / "prepared.json"
    stored = json.loads(path.read_text())
    stored["on_test"] *= 2
    path.write_text(json.dumps(stored))
    arguments = ("run", str(place / "plan.toml"), "--out", str(place / "out"), "--resume")
    done = amplify(site, place, *arguments)
    assert done.returncode == 2, done.stderr
    assert "'on_test' does not have the labels of each proxy" in " ".join(done.stderr.split())


def test_two_proxies_of_equal_title_have_a_row_each() -> None:
    assert proxy_names(["a", "b (c=1)", "a"]) == ["proxy a [1]", "proxy b (c=1)", "proxy a [2]"]


def test_with_folds_a_fit_that_saw_no_test_item_scores_them(site: Site, place: Path) -> None:
    run(site, place, "out", "-o", "split.folds=4", "-o", "split.pool=100", "-o", "split.train=0")
    assert record(place)["proxy"]["test"]["items"] == 40


def test_no_proxy_is_fitted_for_the_row_alone(site: Site, place: Path) -> None:
    run(site, place, "out", *ONE_ARM)
    told = record(place)
    assert told["proxy"] is None
    assert "proxy" not in " ".join(told["verdict"]["sentences"])


def test_metrics_are_printed_where_they_are_wanted(site: Site, place: Path) -> None:
    arguments = ("run", str(place / "plan.toml"), "--out", str(place / "out"))
    plain = amplify(site, place, *arguments)
    assert "macro-F1" not in plain.stdout  # the classes are even
    told = amplify(site, place, *arguments, "--resume", "--metrics")
    assert told.returncode == 0, told.stderr
    assert "macro-F1" in told.stdout
    assert "unread" in told.stdout
    classes = record(place)["data"]["classes"]
    assert {split: sum(counts.values()) for split, counts in classes.items()} == {
        "train": 60,
        "pool": 40,
        "test": 40,
    }
