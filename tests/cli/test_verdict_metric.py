"""`[verdict] metric`: a run, and its exit code, go by another metric than accuracy."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.site import Site
from known.weather import record, run


@pytest.mark.parametrize("draws", [1, 3])
def test_a_finished_run_is_compared_by_another_metric(site: Site, place: Path, draws: int) -> None:
    run(site, place, "out", "--draws", str(draws))
    before = record(place)
    metric = ("-o", "verdict.metric=macro-f1", "--min-gain", "99")
    done = run(site, place, "out", "--resume", *metric)
    assert done.returncode == 4, done.stderr
    assert "points of macro-F1 were asked" in done.stderr
    assert "By macro-F1, " in done.stdout
    told = record(place)
    assert {c["metric"] for c in told["comparisons"]} == {"macro-f1"}
    assert {c["metric"] for c in before["comparisons"]} == {"accuracy"}
    assert told["arms"] == before["arms"]
    by_name = {arm["name"]: arm["metrics"]["macro_f1"]["value"] for arm in told["arms"]}
    for comparison in told["comparisons"]:
        if not comparison["baseline_draw"]:
            gain = by_name[comparison["arm"]] - by_name[comparison["baseline"]]
            assert comparison["difference"] == pytest.approx(gain)


def test_open_answers_have_no_metric_over_labels(site: Site, place: Path) -> None:
    answers = ("-o", "task.answers=open", "--arms", "zero-shot,answer-only")
    done = run(site, place, "out", *answers, "-o", "verdict.metric=mcc")
    assert done.returncode == 2
    assert "there are no labels for mcc" in done.stderr
    assert "[verdict] metric" in done.stderr


def test_an_unknown_metric_is_named(site: Site, place: Path) -> None:
    done = run(site, place, "out", "-o", "verdict.metric=f2")
    assert done.returncode == 2
    assert "macro-f1" in done.stderr
