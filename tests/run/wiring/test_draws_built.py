"""Arms as built in draws: which are drawn, what seeds their selectors have, what they share."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from amplify import PlanError
from amplify.host.load import Host
from amplify.loop.prepare import prepare_arms
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.select.select_shots import select_shots
from amplify.loop.setup import Setup
from amplify.loop.survey.candidates import candidates
from amplify.run.engine.context_room import ModelRoom
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.precheck.preflight import preflight
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring, wire

PLAN = """
[run]
draws = 3
seed = 5
draw_from = "parts"
[task]
use = "csv"
path = "data.csv"
instruction = "low or high?"
[split]
train = 0
pool = 60
test = 4
[llm]
use = "none"
[[arms]]
name = "zero-shot"
draws = 9
[[arms]]
name = "from-file"
selector = { use = "file", path = "shown.jsonl" }
shots = 2
[[arms]]
name = "plain"
selector = "random"
shots = 4
[[arms]]
name = "words"
like = "plain"
explainer = "builtin/random"
template = "key-words"
[[arms]]
name = "short"
like = "plain"
draws = 2
shots = 2
[[arms]]
name = "once"
like = "plain"
draws = 1
"""


def wired(folder: Path, **given: Any) -> Wiring:
    rows = [f"item {i} is {('low', 'high')[i % 2]},{('low', 'high')[i % 2]}" for i in range(80)]
    (folder / "data.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    shown = [{"text": "this is much too low", "label": "low"},
             {"text": "that was really high up", "label": "high"}]  # fmt: skip
    (folder / "shown.jsonl").write_text("\n".join(map(json.dumps, shown)))
    (folder / "plan.toml").write_text(PLAN)
    plan = read_plan(folder / "plan.toml", Overrides(**given))
    return wire(plan, Host.load(plugins=False))


def prepared(wiring: Wiring) -> tuple[Setup, list[Arm], dict[str, PreparedArm]]:
    task = wiring.load_task()
    with ThreadPoolExecutor(1) as executor:
        arms = wiring.build_arms(task, lambda requests: [], executor)
        room = ModelRoom(wiring.build_provider())
        setup = set_up(wiring, task, arms, lambda requests: [], room, executor, Shared())
        flight = preflight(wiring.plan, wiring.choices, setup)
        preparation = prepare_arms(setup, {}, flight.foreseen)
    return setup, arms, {arm.name: arm for arm in preparation.arms}


def shown(arm: PreparedArm) -> list[str]:
    return [demonstration.example.id for demonstration in arm.demonstrations]


def test_arms_that_draw_nothing_are_built_once_and_others_once_for_each_draw(
    tmp_path: Path,
) -> None:
    _, arms, _ = prepared(wired(tmp_path))
    assert [(arm.name, arm.plan_name, arm.draw) for arm in arms] == [
        ("zero-shot", "zero-shot", 0),
        ("from-file", "from-file", 0),
        *((f"plain (draw {draw})", "plain", draw) for draw in (1, 2, 3)),
        *((f"words (draw {draw})", "words", draw) for draw in (1, 2, 3)),
        *((f"short (draw {draw})", "short", draw) for draw in (1, 2)),
        ("once", "once", 0),
    ]


def test_arms_of_a_draw_share_its_seed_and_its_pool(tmp_path: Path) -> None:
    setup, arms, by_name = prepared(wired(tmp_path))
    draws = [shown(by_name[f"plain (draw {draw})"]) for draw in (1, 2, 3)]
    assert len({tuple(draw) for draw in draws}) == 3
    # An arm that is like another shows the same demonstrations in each draw, or the first of them.
    assert [shown(by_name[f"words (draw {draw})"]) for draw in (1, 2, 3)] == draws
    assert [shown(by_name[f"short (draw {draw})"]) for draw in (1, 2)] == [
        draw[:2] for draw in draws[:2]
    ]
    for arm in arms:
        if arm.draws_demonstrations:
            pool = {example.id for example in setup.pool_of(arm)}
            assert set(shown(by_name[arm.name])) <= pool
    # The draws of an arm that draws nothing make no parts smaller.
    assert sorted(len(pool) for draw, pool in setup.pools.items() if draw) == [20, 20, 20]
    assert len(setup.pools[0]) == 60


def test_the_selectors_of_two_draws_have_seeds_of_their_own(tmp_path: Path) -> None:
    # Over the same candidates, so that the seeds alone make the difference.
    setup, arms, _ = prepared(wired(tmp_path, sets=("run.draw_from=half",)))
    every = candidates(setup.task.pool, None, {}, {}, "none")
    chosen = {
        arm.name: [shot.example.id for shot in select_shots(arm, every, setup.task)[0].shots]
        for arm in arms
        if arm.draws_demonstrations
    }
    assert len({tuple(chosen[f"plain (draw {draw})"]) for draw in (1, 2, 3)}) == 3
    assert chosen["words (draw 2)"] == chosen["plain (draw 2)"]
    single = prepared(wired(tmp_path, draws=1, sets=("arms.once.draws=1",)))[2]
    assert chosen["once"] == shown(single["plain"])


def test_an_arm_that_is_called_as_a_draw_of_another_is_refused(tmp_path: Path) -> None:
    wired(tmp_path)
    plan = PLAN + '[[arms]]\nname = "plain (draw 2)"\n'
    (tmp_path / "plan.toml").write_text(plan)
    with pytest.raises(PlanError, match="is called as a draw of arm 'plain'"):
        read_plan(tmp_path / "plan.toml")
    (tmp_path / "plan.toml").write_text(plan.replace("(draw 2)", "(draw 4)"))
    read_plan(tmp_path / "plan.toml")
