"""From lists of values to the arms that are raced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amplify.contract.errors import PlanError
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import read_plan, resolve_plan

ARMS = [
    {"name": "zero-shot", "shots": 0},
    {"name": "answer-only", "selector": "random", "shots": 4},
    {
        "name": "amplify",
        "selector": "h-mcs",
        "explainer": "random",
        "template": "key-words",
        "shots": 4,
    },
]


def plan(tune: dict[str, Any], **sections: Any) -> Plan:
    return resolve_plan({"arms": ARMS, "tune": tune, **sections}, Overrides(), ".")


def raced(tune: dict[str, Any], **sections: Any) -> list[str]:
    found = plan(tune, **sections).tune
    assert found is not None
    return list(found.arms)


def test_each_arm_is_varied_by_the_keys_that_it_has_a_use_for() -> None:
    names = raced({"space": {"shots": [1, 2], "keywords": [3], "answer": ["rank"]}})
    assert names == [
        *("zero-shot", "answer-only", "amplify", "zero-shot answer=rank"),
        *("answer-only shots=1, answer=rank", "answer-only shots=2, answer=rank"),
        "amplify shots=1, keywords=3, answer=rank",
        "amplify shots=2, keywords=3, answer=rank",
    ]


def test_several_tables_vary_the_arms_that_they_name() -> None:
    space = [
        {"arm": "answer-only", "shots": [8]},
        {"arm": ["zero-shot", "amplify"], "instruction": ["Say the label."]},
    ]
    made = plan({"space": space})
    assert raced({"space": space})[3:] == [
        "answer-only shots=8",
        "zero-shot instruction=Say the label.",
        "amplify instruction=Say the label.",
    ]
    assert {arm.instruction for arm in made.arms} == {None, "Say the label."}


def test_a_plan_that_is_stored_races_the_same_arms() -> None:
    made = plan({"contenders": 5, "space": {"shots": [1, 2, 6, 8]}}, run={"draws": 1})
    assert made.tune is not None
    assert (len(made.tune.arms), made.tune.space) == (5, 11)
    stored = resolve_plan(made.table(), Overrides(), ".")
    assert stored == made
    assert stored.digest == made.digest


def test_a_sample_keeps_the_arms_of_the_plan_and_depends_on_the_seed() -> None:
    tune = {"contenders": 6, "space": {"shots": list(range(5, 25))}}
    samples = [raced(tune, run={"seed": seed, "draws": 1}) for seed in (1, 1, 2)]
    assert samples[0] == samples[1] != samples[2]
    assert all({"zero-shot", "answer-only", "amplify"} < {*sample} for sample in samples)


def test_each_draw_counts_as_a_contender() -> None:
    names = raced({"contenders": 12, "space": {"shots": [1, 2, 3]}}, run={"draws": 3})
    assert len(names) == 3 + 1, "1 + 3 + 3 contenders, and 3 of a variant"


@pytest.mark.parametrize(
    ("tune", "problem"),
    [
        ({"space": {"shots": 3}}, "shots needs a list of values"),
        ({"space": {"shot": [3]}}, "unknown key 'shot'"),
        ({"space": {"arm": "zero-shot", "shots": [3]}}, "no arm has a use for 'shots'"),
        ({"space": {"arm": "amplfy", "shots": [3]}}, "did you mean 'amplify'"),
        ({"arms": ["nobody"]}, "no arm 'nobody'"),
        ({"validation": 1.5}, "a share of them between 0 and 1"),
        ({"validation": 0}, "a count of pool items"),
        ({"contenders": 1}, "2 contenders or more"),
        ({"alpha": 1.0}, "a level is between 0 and 1"),
        ({"space": {"shots": list(range(101)), "keywords": list(range(1, 101))}}, "10100"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused(tune: dict[str, Any], problem: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan(tune)
    assert problem in str(refused.value)


def test_instructions_that_the_llm_proposes_have_names_until_it_has() -> None:
    names = raced({"space": {"arm": "zero-shot", "instruction": {"propose": 2}}})
    assert names[3:] == [
        f"zero-shot instruction=(proposed by the LLM: {number})" for number in (1, 2)
    ]
    for wrong in ({"propose": 0}, {"propose": "2"}, {"propose": 2, "shots": 1}, {}):
        with pytest.raises(PlanError, match=r"\{ propose = N \}"):
            plan({"space": {"arm": "zero-shot", "instruction": wrong}})
    arms = [*ARMS, {"name": "told", "instruction": "(proposed by the LLM: 1)"}]
    with pytest.raises(PlanError, match="in amplify tune alone"):
        resolve_plan({"arms": arms}, Overrides(), ".")


def test_a_race_needs_a_baseline() -> None:
    with pytest.raises(PlanError, match="no baseline"):
        resolve_plan({"arms": ARMS[1:2], "tune": {}}, Overrides(), ".")


def test_the_tune_of_a_real_llm_resolves() -> None:
    tune = read_plan(Path(__file__).parents[3] / "plans" / "real" / "tune.toml").tune
    assert tune is not None
    assert {"amplify calibrate=context", "nearest shots=4"} <= {*tune.arms}
    assert not any("nearest" in name and "calibrate" in name for name in tune.arms)


def test_the_rivals_of_that_tune_have_its_data_its_split_and_its_calls() -> None:
    folder = Path(__file__).parents[3] / "plans" / "real"
    tune, *others = (
        read_plan(folder / f"{name}.toml") for name in ("tune", "tune-rivals", "tune-calibrated")
    )
    for rivals in others:
        assert (rivals.task, rivals.split, rivals.run.seed, rivals.llm) == (
            *(tune.task, tune.split, tune.run.seed, tune.llm),
        )
    searching = {arm.name: arm.selector for arm in others[0].arms}
    dspy, best = searching["dspy"], searching["best of 8"]
    assert dspy is not None
    assert best is not None
    assert dspy.options["max_calls"] == best.options["sets"] * best.options["items"] == 640
