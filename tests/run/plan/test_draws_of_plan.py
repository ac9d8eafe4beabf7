"""Draws in a plan: where they are set, what they change, and which values are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w
from click.testing import CliRunner

from amplify import PlanError
from amplify.cli.main import cli
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import read_plan

PLAN = """
[task]
use = "csv"
path = "x.csv"
{run}
[[arms]]
name = "base"
selector = "random"
[[arms]]
name = "drawn"
selector = "random"
draws = 7
[[arms]]
name = "control"
like = "drawn"
template = "key-words"
explainer = "random"
[[arms]]
name = "less"
like = "drawn"
draws = 2
"""


def read(folder: Path, run: str = "", text: str = PLAN, **given: Any) -> Plan:
    path = folder / "plan.toml"
    path.write_text(text.format(run=f"[run]\n{run}" if run else ""))
    return read_plan(path, Overrides(**given))


def draws(plan: Plan) -> dict[str, int]:
    return {arm.name: plan.draws_of(arm) for arm in plan.arms}


def test_an_arms_draws_are_its_own_those_of_the_arm_it_is_like_else_the_runs(
    tmp_path: Path,
) -> None:
    assert draws(read(tmp_path)) == {"base": 1, "drawn": 7, "control": 7, "less": 2}
    plan = read(tmp_path, "draws = 4")
    assert draws(plan) == {"base": 4, "drawn": 7, "control": 7, "less": 2}
    assert plan.most_draws == 7
    assert draws(read(tmp_path, "draws = 4", draws=3))["base"] == 3
    assert draws(read(tmp_path, sets=("run.draws=6", "arms.less.draws=9"))) == {
        "base": 6,
        "drawn": 7,
        "control": 7,
        "less": 9,
    }


def test_the_default_plan_draws_five_times_and_a_plan_of_another_task_once(tmp_path: Path) -> None:
    assert read_plan(None).run.draws == 5
    assert read_plan(None, Overrides(draws=2)).run.draws == 2
    assert read(tmp_path).run.draws == 1


def test_draws_of_the_resolved_plan_read_back(tmp_path: Path) -> None:
    plan = read(tmp_path, 'draws = 4\ndraw_from = "parts"')
    again = tmp_path / "again.toml"
    again.write_text(tomli_w.dumps(plan.table()))
    assert read_plan(again) == plan
    assert read_plan(again).digest == plan.digest


def test_a_plan_without_draws_is_the_run_that_it_was(tmp_path: Path) -> None:
    plain = PLAN.replace("draws = 7\n", "").replace("draws = 2\n", "")
    alone = read(tmp_path, text=plain)
    # The digest that the same plan had before plans had draws.
    assert alone.digest == "c02f09ed4d11b842034496623ced7225f2f280352a8bbb5a7aa292487e608dba"
    assert "draws" not in alone.table()["arms"][1]
    assert read(tmp_path, "draws = 1", plain).digest == alone.digest
    assert read(tmp_path, 'draw_from = "half"', plain).digest == alone.digest
    others = {
        read(tmp_path, run, text).digest
        for run, text in (
            ("draws = 2", plain),
            ('draws = 2\ndraw_from = "parts"', plain),
            ("", PLAN),
        )
    }
    assert len({*others, alone.digest}) == 4


@pytest.mark.parametrize(
    ("run", "arm", "words"),
    [
        ("draws = 0", "", ["[run] draws", "draws are 1 to 1,000, not 0"]),
        ("draws = -3", "", ["[run] draws", "not -3"]),
        ("draws = 1001", "", ["[run] draws", "not 1001"]),
        (f"draws = {10**300}", "", ["[run] draws"]),
        ("draws = 1.5", "", ["[run] draws"]),
        ("draws = true", "", ["[run] draws"]),
        ('draws = "five"', "", ["[run] draws"]),
        ('draw_from = "quarter"', "", ["draw_from", 'expected "half" or "bootstrap" or "parts"']),
        ("", "draws = 0", ["arm 'own' draws", "a count of at least 1"]),
        ("", "draws = 1001", ["arm 'own' draws", "draws are 1 to 1,000, not 1001"]),
        ("", 'draws = "x"', ["arm 'own' draws", "a count of at least 1"]),
    ],
)
def test_a_bad_number_of_draws_says_what_and_where(
    tmp_path: Path, run: str, arm: str, words: list[str]
) -> None:
    own = f"[[arms]]\nname = 'own'\nselector = 'random'\n{arm}\n"
    with pytest.raises(PlanError) as caught:
        read(tmp_path, run, PLAN + own)
    for word in [*words, "plan.toml"]:
        assert word in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("value", ["0", "-1", "x", "2.5", "1001"])
@pytest.mark.parametrize("place", ["option", "variable"])
def test_a_bad_number_of_draws_on_the_command_line(value: str, place: str) -> None:
    given = {"args": ["plan", f"--draws={value}"]} if place == "option" else {"args": ["plan"]}
    env = {"AMPLIFY_DRAWS": value} if place == "variable" else {}
    done = CliRunner().invoke(cli, given["args"], env=env)
    assert done.exit_code != 0
    assert "draws" in (done.output + str(done.exception))
