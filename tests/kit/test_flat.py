"""Nested values under flat names, for trackers of experiments."""

from __future__ import annotations

from amplify import flat_values, record_figures


def test_a_nested_table_has_a_path_for_each_value() -> None:
    plan = {"run": {"seed": 0}, "arms": [{"name": "a.b", "mask": ["x"]}, {"name": "c"}], "n": []}
    assert flat_values(plan) == {
        "run.seed": "0",
        "arms.a.b.name": "a.b",
        "arms.a.b.mask": "['x']",
        "arms.c.name": "c",
        "n": "[]",
    }


def test_what_was_not_answered_has_no_figures() -> None:
    arm = {"name": "a", "accuracy": None, "interval": None, "errors": 0, "unparsed": 0}
    compared = {"arm": "a", "baseline": "b", "difference": -0.1, "adjusted": 0.5}
    record = {
        "arms": [arm, {**arm, "name": "b", "accuracy": 0.5}],
        "comparisons": [compared | {"baseline_draw": 0}, compared | {"baseline_draw": 3}],
    }
    assert record_figures(record) == {
        "accuracy.b": 0.5,
        "failed.b": 0,
        "unparsed.b": 0,
        "gain.a.over.b": -0.1,
        "p.a.over.b": 0.5,
    }
