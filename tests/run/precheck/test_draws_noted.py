"""What `plan` and `run` note of draws before anything is paid for."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify.contract.errors import PlanError
from amplify.host.load import Host
from amplify.run.estimate.estimate import estimate
from amplify.run.plan.read import read_plan
from amplify.run.wiring.wire import wire

PLAN = """
[run]
draws = {draws}
draw_from = "{draw_from}"
[task]
use = "csv"
path = "data.csv"
instruction = "low or high?"
[split]
train = 0
pool = {pool}
test = 60
[llm]
use = "none"
[[arms]]
name = "zero-shot"
{fixed}
[[arms]]
name = "answer-only"
selector = "random"
shots = {shots}
"""


def notes(
    folder: Path,
    draws: int = 5,
    draw_from: str = "half",
    pool: int = 40,
    shots: int = 4,
    fixed: str = "",
    test: int = 60,
) -> list[str]:
    rows = [f"item {i} is {('low', 'high')[i % 2]},{('low', 'high')[i % 2]}" for i in range(200)]
    (folder / "data.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    text = PLAN.format(draws=draws, draw_from=draw_from, pool=pool, shots=shots, fixed=fixed)
    (folder / "plan.toml").write_text(text.replace("test = 60", f"test = {test}"))
    made = estimate(wire(read_plan(folder / "plan.toml"), Host.load(plugins=False)))
    return list(made.notes)


@pytest.mark.parametrize(
    ("draw_from", "pool", "draws", "left"), [("half", 14, 5, 7), ("parts", 40, 5, 8)]
)
def test_a_sample_with_fewer_examples_than_shots_names_what_to_change(
    tmp_path: Path, draw_from: str, pool: int, draws: int, left: int
) -> None:
    told = notes(tmp_path, draws, draw_from, pool, shots=10)
    assert any(f"at most {left} of 10 in answer-only" in note for note in told)
    (note,) = (note for note in told if note.startswith("a draw chooses from"))
    assert note.startswith(f"a draw chooses from {left} of the {pool} pool items, fewer than it")
    assert "[split] pool" in note
    assert "[run] draws and draw_from" in note


def test_a_pool_that_holds_the_shots_of_every_draw_is_told_nothing_of(tmp_path: Path) -> None:
    assert notes(tmp_path, 5, "half", 20, shots=10) == []
    # One draw chooses from the whole pool.
    assert not any("a draw chooses" in note for note in notes(tmp_path, 1, "half", 14, shots=10))


def test_parts_of_which_some_are_empty_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="found no demonstrations") as caught:
        notes(tmp_path, 5, "parts", 3)
    assert "[run] draws and draw_from" in str(caught.value)


def test_draws_of_an_arm_that_draws_nothing_are_noted(tmp_path: Path) -> None:
    told = notes(tmp_path, 2, pool=40, fixed="draws = 3")
    assert "arm zero-shot has draws = 3, but draws no demonstrations: it is asked once" in told
    assert not any("draws no demonstrations" in note for note in notes(tmp_path, 2))


def test_draws_that_can_only_be_the_same_are_one_draw(tmp_path: Path) -> None:
    told = notes(tmp_path, 5, "half", 1, shots=1)
    assert "all 5 draws of answer-only show the same demonstrations: they are one draw" in told


def test_too_few_items_are_counted_by_mcnemar_for_one_draw_alone(tmp_path: Path) -> None:
    assert any("5 test items can show no difference: that takes 6" in note
               for note in notes(tmp_path, 1, test=5))  # fmt: skip
    assert not any("show no difference" in note for note in notes(tmp_path, 5, test=5))
    few = notes(tmp_path, 2, test=60)
    assert any(
        note.startswith("2 draws of 60 test items show not even a gain of 100") for note in few
    )
