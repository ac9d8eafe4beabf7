"""What `plan` says of draws: a phase for each arm, equal requests once, and the power."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from amplify import Example, Selection, Task
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.cli.common import SharedOptions
from amplify.cli.main import cli
from amplify.contract.context import Context
from amplify.host.load import Host
from amplify.loop.compare.outlook import outlook
from amplify.loop.data.draw_pool import draw_pool
from amplify.loop.prompt.arm import Arm
from amplify.report.plan import print_estimate
from amplify.run.estimate.estimate import Estimate, estimate
from amplify.run.estimate.stand_ins import select_stand_ins
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.wiring.wire import wire

PLAN = """
[run]
draws = 3
[task]
use = "csv"
path = "data.csv"
[split]
train = 8
pool = {pool}
test = 8
[survey]
errors = "none"
[llm]
use = "replay"
paths = ["replies.json"]
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = {shots}
[[arms]]
name = "explained"
like = "answer-only"
explainer = "self-topk"
template = "key-words"
"""


def planned(folder: Path, pool: int = 24, shots: int = 2, **given: Any) -> Estimate:
    rows = [f"item {i} is {('low', 'high')[i % 2]},{('low', 'high')[i % 2]}" for i in range(60)]
    (folder / "data.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    (folder / "replies.json").write_text('{"outputs": [{"input": "q", "prediction": "low"}]}')
    (folder / "plan.toml").write_text(PLAN.format(pool=pool, shots=shots))
    plan = read_plan(folder / "plan.toml", Overrides(**given))
    return estimate(wire(plan, Host.load(plugins=False)))


def calls(made: Estimate) -> dict[str, int | None]:
    return {phase.name: phase.calls for phase in made.phases}


def test_an_arm_is_one_phase_over_all_its_draws(tmp_path: Path) -> None:
    made = planned(tmp_path)
    assert list(calls(made)) == [
        "explain (explained)",
        "answer (zero-shot)",
        "answer (answer-only)",
        "answer (explained)",
        "choose a draw (answer-only)",
        "choose a draw (explained)",
    ]
    assert [phase.draws for phase in made.phases] == [3, 1, 3, 3, 3, 3]
    assert calls(made)["answer (zero-shot)"] == 8
    assert calls(made)["answer (answer-only)"] == 24
    assert made.draws == {"zero-shot": 0, "answer-only": 3, "explained": 3}
    one = planned(tmp_path, draws=1)
    assert calls(one)["answer (answer-only)"] == 8
    assert [phase.draws for phase in one.phases] == [1, 1, 1, 1]
    tokens = {phase.name: phase.tokens for phase in made.phases}
    single = {phase.name: phase.tokens for phase in one.phases}
    assert tokens["answer (answer-only)"] == pytest.approx(
        3 * (single["answer (answer-only)"] or 0), rel=0.05
    )


def test_what_the_survey_asks_is_not_asked_again_to_choose_a_draw(tmp_path: Path) -> None:
    errors = ('survey.errors="llm"', "run.choose_on=5", 'arms.explained.selector="errors"')
    made = calls(planned(tmp_path, sets=errors))
    assert made["choose a draw (answer-only)"] == 10
    assert made["choose a draw (explained)"] == 15


def test_the_plan_says_that_no_draw_can_be_chosen(tmp_path: Path) -> None:
    # Of ten draws some show the one item of the pool, and some the other.
    notes = planned(tmp_path, pool=2, shots=1, draws=10).notes
    assert sum("no draw is chosen as its best" in note for note in notes) == 2


def test_draws_that_ask_the_same_are_asked_once(tmp_path: Path) -> None:
    # Each half of a pool of one is that one.
    made = planned(tmp_path, pool=1, shots=1)
    assert calls(made)["answer (answer-only)"] == 8


def test_an_example_is_explained_once_for_all_draws(tmp_path: Path) -> None:
    # Each of the ten draws shows half of a pool of four: together they show all of it.
    made = planned(tmp_path, pool=4, draws=10)
    assert calls(made)["explain (explained)"] == 4
    assert calls(planned(tmp_path, pool=4, draws=1))["explain (explained)"] == 2


def test_the_console_says_what_draws_multiply_and_what_they_can_show(tmp_path: Path) -> None:
    text = io.StringIO()
    print_estimate(planned(tmp_path), Console(file=text, width=300))
    shown = text.getvalue()
    assert "answer (answer-only), 3 draws" in shown
    assert (
        "draws: 3 each of answer-only, explained; made once for all draws: the explanation of each"
        " example\n"
    ) in shown
    assert (
        "power, explained against answer-only as methods, among 3 comparisons: 3 draws of 8 items"
        " show a true gain of 5 points in "
    ) in shown
    assert "power is by default variances, which are typical of small LLMs" in shown
    assert "standard deviation of 12 points, and their prompts differ on 30% of items" in shown
    assert "one prompt of arm explained (draw 1)" in shown
    text = io.StringIO()
    print_estimate(planned(tmp_path, draws=1), Console(file=text, width=300))
    assert "A single draw can show no gain of a method." in text.getvalue()
    assert "draws: " not in text.getvalue()


def test_json_has_the_draws_and_the_outlook(tmp_path: Path) -> None:
    planned(tmp_path)
    done = CliRunner().invoke(
        cli, ["plan", str(tmp_path / "plan.toml"), "--json", "--no-plugins"], obj=SharedOptions()
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["draws"] == {"zero-shot": 0, "answer-only": 3, "explained": 3}
    assert told["made_once"] == ["the explanation of each example"]
    assert told["outlook"]["draws"] == 3
    assert [chance["gain"] for chance in told["outlook"]["chances"]] == [0.05, 0.1]
    assert (told["prompt"]["arm"], told["prompt"]["draw"]) == ("explained", 1)
    assert {phase["draws"] for phase in told["phases"]} == {1, 3}


class Never:
    """A selector that only the run can ask."""

    def select(self, candidates: object, shots: int, queries: object) -> Selection:
        raise AssertionError


def test_stand_ins_are_of_the_draws_own_pool_and_the_same_for_all_arms_of_a_draw() -> None:
    pool = tuple(Example(f"p{n}", f"text {n}", "a") for n in range(40))
    task = Task("t", "", ("a", "b"), pool=pool)
    template = AnswerOnly(PromptOptions(), Context())
    arm = Arm("x", Never(), None, template, 10, 3, (), needs_errors=True)
    shown = {}
    for draw in (1, 2):
        part = draw_pool(pool, draw, 2, 5, "parts")
        of_draw = [
            select_stand_ins(a.drawn(draw, Never()), task, part, 5)[0]
            for a in (arm, Arm("y", Never(), None, template, 10, 3, (), needs_proxy=True))
        ]
        assert of_draw[0] == of_draw[1]
        shown[draw] = {shot.example for shot in of_draw[0].shots}
        assert len(shown[draw]) == 10
        assert shown[draw] <= set(part)
    assert not shown[1] & shown[2]


def test_the_power_is_that_of_the_fewest_draws_of_the_two_arms(tmp_path: Path) -> None:
    made = planned(tmp_path)
    # Two other arms, and the best draw of the baseline.
    assert made.outlook == outlook(3, 8, 3)
    assert not made.outlook.measured
    own = planned(tmp_path, sets=("arms.explained.draws=5",))
    assert own.draws == {"zero-shot": 0, "answer-only": 3, "explained": 5}
    assert own.outlook == outlook(3, 8, 3)
    assert planned(tmp_path, sets=("run.choose_on=0",)).outlook == outlook(3, 8, 2)
    # A baseline that draws nothing stands beside every draw of the focus.
    beside = planned(tmp_path, sets=("arms.explained.draws=5", "verdict.baseline=zero-shot"))
    assert beside.outlook == outlook(5, 8, 2)
    fixed = planned(tmp_path, arms=("zero-shot", "zero-shot-cot"))
    assert fixed.outlook is None
    assert planned(tmp_path, arms=("explained",)).outlook is None


def test_the_choice_of_a_draw_asks_each_draw_the_pool_items_that_none_shows(tmp_path: Path) -> None:
    made = planned(tmp_path, pool=24, sets=("run.choose_on=4",))
    assert calls(made)["choose a draw (explained)"] == 12
    assert calls(made)["choose a draw (answer-only)"] == 12
    none = planned(tmp_path, pool=24, sets=("run.choose_on=0",))
    assert not any("choose" in name for name in calls(none))
    assert not any("choose" in name for name in calls(planned(tmp_path, draws=1)))
