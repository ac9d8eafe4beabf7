"""Runs that are compared: what is paired, what is refused, and how p-values are adjusted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from amplify.contract.data import Prediction
from amplify.contract.errors import DataError
from amplify.report.paired.rows import summary
from amplify.run.paired.pair import adjusted, pair_runs
from amplify.run.store.rows import prediction_row
from amplify.run.store.stored_run import StoredRun, read_run

FILE = {"path": "data.csv", "sha256": "a" * 64}
Right = Mapping[tuple[str, int], Sequence[bool]]
"""Of each arm and draw, which of the items `i0`, `i1`, … it gets right."""


def prediction(
    arm: str, draw: int, number: int, right: bool, status: Any = "answered"
) -> Prediction:
    answer = None if status == "prepared" else "yes" if right else "no"
    known = status == "answered"
    return Prediction(arm, f"i{number}", "yes", answer, status, known and right, "", draw=draw)


def stored(
    folder: Path,
    right: Right,
    *,
    data: Mapping[str, Any] = FILE,
    digest: str = "",
    seed: int = 0,
    prompt: str = "Q",
    more: Sequence[Prediction] = (),
    prompt_names: Mapping[str, tuple[str, int]] | None = None,
) -> StoredRun:
    """A run's folder with these answers, and prompts that begin with `prompt`, read back.

    `prompt_names` are names and draws of arms in `prompts.jsonl`, where these are others.
    """
    folder.mkdir()
    rows = [
        prediction(arm, draw, number, is_right)
        for (arm, draw), of_arm in right.items()
        for number, is_right in enumerate(of_arm)
    ]
    lines = [json.dumps(prediction_row(row)) for row in (*rows, *more)]
    (folder / "predictions.jsonl").write_text("\n".join(lines) + "\n")
    names = prompt_names or {}
    prompts = [
        {
            "arm": names.get(row.arm, (row.arm, row.draw))[0],
            "draw": names.get(row.arm, (row.arm, row.draw))[1],
            "item": row.item,
            "messages": [{"role": "user", "content": f"{prompt} {row.item}"}],
        }
        for row in rows
    ]
    (folder / "prompts.jsonl").write_text("\n".join(map(json.dumps, prompts)) + "\n")
    (folder / "plan.toml").write_text(tomli_w.dumps({"run": {"seed": seed}, "task": {"use": "x"}}))
    (folder / "prepared.json").write_text(json.dumps({"data": digest or str(folder)}))
    record = {
        "arms": [],
        "seed": seed,
        "data": data,
        "provider": {"model": "m"},
        "versions": {},
        "verdict": {"focus": "focus"},
    }
    (folder / "record.json").write_text(json.dumps(record))
    return read_run(folder)


def test_draws_are_paired_by_their_numbers(tmp_path: Path) -> None:
    bad, good = [False] * 6 + [True] * 14, [True] * 19 + [False]
    first = stored(tmp_path / "a", {("focus", n): bad for n in (1, 2, 3)}, seed=5)
    second = stored(tmp_path / "b", {("focus", n): good for n in (3, 2, 1)}, seed=5)
    (paired,) = adjusted([pair_runs(first, second)])
    (arm,) = paired.arms
    assert (paired.items, arm.pairs, arm.first, arm.second) == (20, 60, 0.7, 0.95)
    compared = arm.comparison
    assert compared is not None
    assert (compared.fixed, compared.broken, compared.level) == (18, 3, "method")
    assert [(each.seed, each.draw) for each in compared.by_draw] == [(5, 1), (5, 2), (5, 3)]


def test_runs_without_a_draw_in_common_are_refused_with_the_numbers(tmp_path: Path) -> None:
    first = stored(tmp_path / "a", {("focus", 0): [True] * 4})
    second = stored(tmp_path / "b", {("focus", n): [True] * 4 for n in (1, 2)})
    with pytest.raises(DataError, match="focus has a single draw and draws 1 to 2"):
        pair_runs(first, second)


def test_p_values_are_adjusted_over_all_arms_of_all_runs(tmp_path: Path) -> None:
    low, high = [False] * 12 + [True] * 8, [True] * 20
    names = ("focus", "other")
    first, *others = (
        stored(tmp_path / name, {(arm, 0): answers for arm in names})
        for name, answers in (("a", low), ("b", high), ("c", high))
    )
    alone = adjusted([pair_runs(first, others[0])])
    both = adjusted([pair_runs(first, other) for other in others])
    sizes = [
        [arm.comparison.comparisons for each in paired for arm in each.arms if arm.comparison]
        for paired in (alone, both)
    ]
    assert sizes == [[2, 2], [4, 4, 4, 4]]


def test_what_was_not_answered_is_left_out_and_counted(tmp_path: Path) -> None:
    first = stored(tmp_path / "a", {("focus", 0): [True] * 4})
    waiting = [prediction("focus", 0, number, False, "prepared") for number in (2, 3)]
    second = stored(tmp_path / "b", {("focus", 0): [True] * 2}, more=waiting)
    paired = pair_runs(first, second)
    assert (paired.items, paired.only_first, paired.only_second) == (2, 2, 0)


def test_runs_that_answered_no_item_in_common_are_refused(tmp_path: Path) -> None:
    first = stored(tmp_path / "a", {("focus", 0): [True]})
    second = stored(tmp_path / "b", {}, more=[prediction("focus", 0, 7, True)])
    with pytest.raises(DataError, match="no test item was answered in both runs"):
        pair_runs(first, second)


def test_prompts_of_tunes_are_found_under_the_names_of_their_draws(tmp_path: Path) -> None:
    names = {"focus (draw 2)": ("focus", 2)}
    first, second = (
        stored(tmp_path / p, {("focus (draw 2)", 0): [True] * 4}, prompt=p, prompt_names=names)
        for p in ("a", "b")
    )
    change = pair_runs(first, second).arms[0].prompts
    assert (change.prompts, change.changed, change.item) == (4, 4, "i0")
    assert [*change.lines[1:]] == [" [user]", "-a i0", "+b i0"]


MADE_UP = {"generator": "x", "sha256": None}


@pytest.mark.parametrize(
    ("data", "other", "key"),
    [
        (FILE, FILE | {"sha256": "b" * 64}, "sha256"),
        (FILE, FILE | {"test_sha256": "b" * 64}, "test_sha256"),
        (FILE | {"test": FILE}, FILE | {"test": {"sha256": "b" * 64}}, "test.sha256"),
        (MADE_UP, MADE_UP | {"generator": "y"}, "generator"),
    ],
)
def test_other_data_are_refused(
    tmp_path: Path, data: dict[str, Any], other: dict[str, Any], key: str
) -> None:
    first = stored(tmp_path / "a", {("focus", 0): [True]}, data=data)
    second = stored(tmp_path / "b", {("focus", 0): [True]}, data=other)
    with pytest.raises(DataError, match=f"different data: {key} "):
        pair_runs(first, second)


def test_data_that_a_task_makes_up_are_the_same_under_the_same_seed_alone(tmp_path: Path) -> None:
    first, same, other, equal = (
        stored(tmp_path / name, {("focus", 0): [True]}, data=MADE_UP, seed=seed, digest=digest)
        for name, seed, digest in (("a", 0, "d"), ("b", 0, "e"), ("c", 1, "f"), ("d", 1, "d"))
    )
    assert pair_runs(first, same).items == 1
    assert pair_runs(first, equal).items == 1
    with pytest.raises(DataError, match=r"different data: run\.seed 0 and 1"):
        pair_runs(first, other)


def test_the_metric_of_the_first_run_is_what_is_compared_and_named(tmp_path: Path) -> None:
    data = {**FILE, "classes": {"test": {"yes": 12, "no": 0}}}
    first, second = (
        stored(tmp_path / name, {("focus", 0): answers}, data=data)
        for name, answers in (("a", [True] * 6 + [False] * 6), ("b", [True] * 12))
    )
    accuracy = "first, second: accuracy; points, interval and p-value: macro-F1"
    assert accuracy not in list(summary(pair_runs(first, second)))
    plan = {**first.plan, "verdict": {"metric": "macro-f1"}}
    (first.folder / "plan.toml").write_text(tomli_w.dumps(plan))
    paired = pair_runs(read_run(first.folder), second)
    assert paired.arms[0].comparison is not None
    assert paired.arms[0].comparison.metric == "macro-f1"
    assert accuracy in list(summary(paired))
