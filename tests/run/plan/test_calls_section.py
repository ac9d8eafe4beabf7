"""`[calls]`: checked like every section, and no part of what a run is."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify import PlanError
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan


def plan(tmp_path: Path, calls: str = "") -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(f'[task]\nuse = "csv"\npath = "x.csv"\n[calls]\n{calls}\n')
    return path


def test_how_a_service_is_asked_is_no_part_of_the_work(tmp_path: Path) -> None:
    plain = read_plan(plan(tmp_path))
    other = read_plan(plan(tmp_path, "concurrency = 3\nmax_cost = 2.5"))
    assert (other.calls.concurrency, other.calls.max_cost) == (3, 2.5)
    assert plain.digest == other.digest
    assert read_plan(plan(tmp_path), Overrides(seed=9)).digest != plain.digest


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    made = read_plan(
        plan(tmp_path, "retries = 9\ncache = true"),
        Overrides(calls={"cache": False, "concurrency": 2}, sets=("calls.retries=0",)),
    )
    assert (made.calls.cache, made.calls.concurrency, made.calls.retries) == (False, 2, 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("concurrency = 0", ["[calls] concurrency", "1 or more, not 0"]),
        ("retries = -1", ["[calls] retries", "0 or more"]),
        ("timeout = 0", ["[calls] timeout", "more than 0"]),
        ("requests_per_minute = -5", ["[calls] requests_per_minute"]),
        ("max_cost = nan", ["[calls] max_cost"]),
        ("max_seconds = inf", ["[calls] max_seconds"]),
        ("retry = 3", ["unknown key 'retry'", "did you mean 'retries'"]),
        ('concurrency = "many"', ["concurrency", "[calls]"]),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, line: str, words: list[str]) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(plan(tmp_path, line))
    for word in words:
        assert word in str(caught.value)
