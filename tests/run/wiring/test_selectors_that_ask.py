"""A selector that asks the LLM: what it is told, what it may bring, what its calls are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.frail import PLAN, lay, run
from known.site import Site

from amplify import PlanError
from amplify.contract.progress import silent
from amplify.host import Host
from amplify.run.estimate.estimate import estimate
from amplify.run.execute import execute
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire

ASKING = PLAN.replace(
    'selector = "frail-selector"\nexplainer = "frail-explainer"', 'selector = "frail-asking"'
)


def test_a_selector_asks_through_the_engine_and_may_bring_an_instruction_alone(
    site: Site, tmp_path: Path
) -> None:
    result = run(lay(site, tmp_path, plan=ASKING))
    shown = next(arm for arm in result.prepared if arm.name == "shown")
    assert shown.demonstrations == ()
    assert shown.instruction.startswith("Say cold or warm. (write, ")
    assert shown.instruction.count("cold") + shown.instruction.count("warm") == 2 + 10
    journal = [json.loads(line) for line in (tmp_path / "out/calls.jsonl").read_text().splitlines()]
    assert sum(line.get("arm") == "asking" for line in journal) == 10
    assert result.calls == 10 + 2 * 10
    asked = {arm["name"]: arm.get("trials") for arm in result.record["arms"]}
    assert asked.pop("shown") == 10
    assert set(asked.values()) == {None}


def test_a_resumed_selection_repeats_no_call(site: Site, tmp_path: Path) -> None:
    path = lay(site, tmp_path, plan=ASKING)
    first = run(path)
    (tmp_path / "out/prepared.json").unlink()
    wiring = wire(read_plan(path, Overrides()), Host.load(), silent)
    again = execute(wiring, RunFolder(tmp_path / "out"), resume=True)
    assert again.calls == 0
    assert [arm.requests for arm in again.prepared] == [arm.requests for arm in first.prepared]


def test_a_plan_is_estimated_without_asking(site: Site, tmp_path: Path) -> None:
    plan = read_plan(lay(site, tmp_path, plan=ASKING), Overrides())
    foreseen = estimate(wire(plan, Host.load(), silent))
    calls = {phase.name: phase.calls for phase in foreseen.phases}
    assert calls["select (shown)"] is None
    assert calls["answer (shown)"] == 10


def test_a_selector_may_say_how_often_it_asks_at_most(site: Site, tmp_path: Path) -> None:
    path = lay(site, tmp_path, "Asking.most_calls = 12", ASKING)
    foreseen = estimate(wire(read_plan(path, Overrides()), Host.load(), silent))
    calls = {phase.name: phase.calls for phase in foreseen.phases}
    assert calls["select (shown), at most"] == 12


def test_a_plan_counts_the_priors_of_tried_sets(site: Site, tmp_path: Path) -> None:
    trying = 'selector = { use = "best-of", sets = 3, items = 4 }'
    calibrated = ASKING.replace(
        'selector = "frail-asking"', f'{trying}\nanswer = "rank"\ncalibrate = "context"'
    )
    plan = read_plan(lay(site, tmp_path, plan=calibrated), Overrides())
    calls = {phase.name: phase.calls for phase in estimate(wire(plan, Host.load())).phases}
    assert calls["select (shown)"] == 3 * (4 + 3)


def test_a_plan_refuses_tried_sets_that_the_model_has_no_room_for(
    site: Site, tmp_path: Path
) -> None:
    trying = ASKING.replace('"frail-asking"', '{ use = "best-of", sets = 2, items = 4 }')
    trying = trying.replace("shots = 2", 'shots = "max"')
    path = lay(site, tmp_path, "Llm.limit = 50", trying)
    with pytest.raises(PlanError, match=r"its longest prompt needs .* the model takes 50"):
        estimate(wire(read_plan(path, Overrides()), Host.load()))


def test_an_llm_that_answers_nothing_is_refused(site: Site, tmp_path: Path) -> None:
    plan = ASKING.replace('use = "frail-llm"', 'use = "builtin/none"')
    with pytest.raises(PlanError, match="frail-asking asks the LLM, and builtin/none answers"):
        run(lay(site, tmp_path, plan=plan))
