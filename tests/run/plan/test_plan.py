from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w

from amplify import PlanError
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import ArmPlan, Plan, Ref
from amplify.run.plan.presets import ARMS
from amplify.run.plan.read import read_plan

PLAN = """
[run]
seed = 3
[task]
use = "bbh"
path = "x.json"
[llm]
use = "replay"
paths = ["a.json"]
[proxy]
use = "transformers/classifier"
epochs = 10
[[arms]]
name = "answer-only"
selector = { use = "file", path = "x.txt" }
template = "answer-only"
[[arms]]
name = "amplify"
selector = "h-mcs"
explainer = "captum/input-x-gradient"
template = "key-words"
shots = 6
[[arms]]
name = "bare"
like = "amplify"
template = "answer-only"
"""


def read(tmp_path: Path, text: str = PLAN, **given: Any) -> Plan:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return read_plan(path, Overrides(**given))


def arm(plan: Plan, name: str) -> ArmPlan:
    return next(a for a in plan.arms if a.name == name)


def test_a_value_is_a_name_or_a_table(tmp_path: Path) -> None:
    plan = read(tmp_path)
    assert plan.task == Ref("bbh", {"path": "x.json"})
    assert arm(plan, "amplify").selector == Ref("h-mcs")
    assert arm(plan, "answer-only").selector == Ref("file", {"path": "x.txt"})
    assert arm(plan, "answer-only").shots == 10
    assert plan.run.base == str(tmp_path)


def test_an_arm_that_is_like_another_takes_what_it_does_not_say(tmp_path: Path) -> None:
    bare, amplify = arm(read(tmp_path), "bare"), arm(read(tmp_path), "amplify")
    assert (bare.selector, bare.shots, bare.explainer) == (
        amplify.selector,
        6,
        amplify.explainer,
    )
    assert bare.template == Ref("answer-only")


def test_the_command_line_wins_over_the_file_and_controls_follow(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        selector="l-mcs",
        shots=4,
        seed=9,
        proxy="transformers/verbalizer",
        sets=("llm.match=item", "split.test=50", "selector.balanced=true", "arms.bare.keywords=2"),
    )
    for name in ("amplify", "bare"):
        assert arm(plan, name).selector == Ref("l-mcs", {"balanced": True})
        assert arm(plan, name).shots == 4
    assert arm(plan, "answer-only").selector.use == "file"
    assert plan.run.seed == 9
    # The file's epochs belonged to another proxy.
    assert plan.proxy == Ref("transformers/verbalizer")
    assert plan.llm.options["match"] == "item"
    assert plan.split.test == 50
    assert arm(plan, "bare").keywords == 2


def test_naming_the_same_component_keeps_its_options(tmp_path: Path) -> None:
    assert read(tmp_path, task="bbh").task.options == {"path": "x.json"}


def test_the_resolved_plan_reads_back_as_itself(tmp_path: Path) -> None:
    plan = read(tmp_path, shots="max", sets=("survey.errors=proxy", "split.test=all"))
    again = tmp_path / "again.toml"
    again.write_text(tomli_w.dumps(plan.table()))
    assert read_plan(again) == plan
    assert read_plan(again).digest == plan.digest


def test_where_a_run_is_written_does_not_change_what_it_is(tmp_path: Path) -> None:
    assert read(tmp_path, out="a").digest == read(tmp_path, out="b").digest
    assert read(tmp_path, seed=1).digest != read(tmp_path, seed=2).digest


def test_how_a_draw_is_chosen_counts_where_an_arm_has_several_draws(tmp_path: Path) -> None:
    def digest(*sets: str) -> str:
        return read(tmp_path, sets=sets).digest

    # A run that was stored before arms had draws is the same run now.
    assert digest("run.choose_on=7") == digest() == digest("run.draws=1")
    drawn = digest("run.draws=2")
    assert drawn not in (digest(), digest("run.draws=2", "run.choose_on=7"))
    assert digest("arms.bare.draws=2", "run.choose_on=7") != digest("arms.bare.draws=2")


def test_arms_are_picked_from_the_plan_or_the_presets(tmp_path: Path) -> None:
    plan = read(tmp_path, arms=("zero-shot", "bare"))
    assert [a.name for a in plan.arms] == ["zero-shot", "bare"]
    assert arm(plan, "bare").selector == Ref("h-mcs")
    assert arm(plan, "zero-shot").shots == 0
    assert plan.survey.arm == "zero-shot"


def test_without_a_plan_every_preset_is_run() -> None:
    plan = read_plan(None)
    assert [a.name for a in plan.arms] == [
        "zero-shot",
        "answer-only",
        "amplify",
        "amplify-no-rationale",
        "amplify-random-words",
    ]
    assert plan.focus == "amplify"
    assert plan.survey.arm == "answer-only"
    assert arm(plan, "amplify-random-words").mask == ()


def test_controls_are_known_as_such(tmp_path: Path) -> None:
    plan = read_plan(None)
    assert plan.controls == {
        "amplify-no-rationale": "the rationales",
        "amplify-random-words": "the key words",
    }
    assert plan.baseline == "answer-only"
    told = PLAN + 'control_of = "amplify"\ntests = "the reasons"\n'
    plan = read(tmp_path, told)
    assert plan.controls == {"bare": "the reasons"}
    assert plan.baseline == "answer-only"
    assert read(tmp_path, told, arms=("amplify", "bare")).baseline is None
    assert read(tmp_path, told, arms=("amplify", "zero-shot")).baseline == "zero-shot"
    # A control of an arm that is not run is an arm like any other, in the stored plan too.
    alone = read(tmp_path, told, arms=("zero-shot", "bare"))
    assert (alone.focus, alone.controls) == ("bare", {})
    again = tmp_path / "again.toml"
    again.write_text(tomli_w.dumps(alone.table()))
    assert read_plan(again) == alone


def test_what_is_asked_of_the_verdict_does_not_change_the_work(tmp_path: Path) -> None:
    asked = read(tmp_path, min_gain=2.5, max_p=0.01, sets=("verdict.baseline=bare",))
    assert (asked.verdict.min_gain, asked.verdict.max_p, asked.baseline) == (2.5, 0.01, "bare")
    assert asked.digest == read(tmp_path).digest
    assert asked.digest != read(tmp_path, sets=("guards.leaks=note",)).digest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[arms]]\nname = 'a'\ncontrol_of = 'a'", ["control of itself", "arm 'a'"]),
        ("[[arms]]\nname = 'a'\ncontrol_of = 'b'", ["control of 'b'", "arm 'a'"]),
        ("[[arms]]\nname = 'a'\ntests = 3", ["arm 'a' tests", "says what the control lacks"]),
        ("[verdict]\nbaseline = 'zero'", ["no arm 'zero'", "[verdict] baseline"]),
        ("[verdict]\nbaseline = 'amplify'", ["no baseline of itself", "[verdict] baseline"]),
        ("[verdict]\nmax_p = 0", ["a p-value is in", "[verdict] max_p"]),
        ("[verdict]\nmin_gain = 101", ["in points", "[verdict] min_gain"]),
        ("[verdict]\nmin_gain = 1\n[[arms]]\nname = 'a'", ["no arm is a baseline"]),
        ("[run]\nchoose_on = -1", ["a count of pool items, or 0, not -1", "[run] choose_on"]),
        ("[guards]\nleaks = 'ignore'", ["leaks", "[guards]"]),
        ("[tsak]\nuse = 'bbh'", ["unknown key 'tsak'", "did you mean 'task'", "plan.toml"]),
        ("[run]\nsede = 1", ["unknown key 'sede'", "did you mean 'seed'", "[run]"]),
        ("[run]\nseed = 'x'", ["seed", "[run]"]),
        ("[task]\npath = 'x'", ["[task]", "use"]),
        ("[[arms]]\ntemplate = 'answer-only'", ["an arm needs a name"]),
        ("[[arms]]\nname = 'a'\nshots = 3", ["3 shots, but no selector", "arm 'a'"]),
        (
            "[[arms]]\nname = 'a'\nselector = 'random'\nshots = -1",
            ["arm 'a' shots: expected a count"],
        ),
        ("[[arms]]\nname = 'a'\nlike = 'b'", ["like 'b'", "arm 'a'"]),
        ("[[arms]]\nname = 'a'\nlike = 'a'", ["like itself"]),
        ("[[arms]]\nname = 'a'\n[[arms]]\nname = 'a'", ["two arms are called 'a'"]),
        ("[[arms]]\nname = 'a'\ntemplte = 'x'", ["did you mean 'template'", "arm 'a'"]),
        ("[survey]\narm = 'amplfy'", ["no arm 'amplfy'", "did you mean 'amplify'"]),
        ("[run\n", ["not valid TOML: line 1: expected ']'", ": `[run`"]),
        ("[run]\nseed = \n", ["not valid TOML: line 2: invalid value: `seed =`"]),
        ("[survey]\nerrors = 'all'", ["errors", "[survey]"]),
    ],
)
def test_a_bad_plan_says_what_where_and_what_is_near(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    with pytest.raises(PlanError) as caught:
        read(tmp_path, text)
    for word in [*words, "plan.toml"]:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("proxy", ["role.key=value"]),
        ("prxy.epochs=1", ["no role 'prxy'", "did you mean 'proxy'"]),
        ("arms.nobody.shots=1", ["no arm 'nobody'"]),
        ("arms.bare.colour.x=1", ["no role 'colour'"]),
    ],
)
def test_a_bad_set_names_itself(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(PlanError) as caught:
        read(tmp_path, sets=(text,))
    for word in [*words, f"-o {text}"]:
        assert word in str(caught.value)


def test_a_missing_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no such plan file"):
        read_plan(tmp_path / "nowhere.toml")
    with pytest.raises(PlanError, match="did you mean 'seed'"):
        read_plan(None, Overrides(sets=("run.sed=1",)))


def test_a_selector_that_is_taken_over_keeps_the_explainer_that_it_looks_at(tmp_path: Path) -> None:
    more = """
        [[arms]]
        name = "chance"
        like = "amplify"
        explainer = "random"
        [[arms]]
        name = "chance-2"
        like = "chance"
        explainer = "known/other"
        [[arms]]
        name = "own"
        like = "chance"
        selector = "l-mcs"
        [[arms]]
        name = "back"
        like = "chance"
        explainer = "captum/input-x-gradient"
    """
    plan = read(tmp_path, PLAN + more)
    theirs = Ref("captum/input-x-gradient")
    assert arm(plan, "amplify").selection_explainer is None
    assert arm(plan, "bare").selection_explainer is None
    assert arm(plan, "chance").selection_explainer == theirs
    assert arm(plan, "chance-2").selection_explainer == theirs
    assert arm(plan, "chance-2").explainer == Ref("known/other")
    assert arm(plan, "own").selection_explainer is None
    assert arm(plan, "own").explainer == Ref("random")
    assert arm(plan, "back").selection_explainer is None
    again = read(tmp_path, tomli_w.dumps(plan.table()))
    assert again.table() == plan.table()


ROLES = ("selector", "explainer", "selection_explainer", "template", "proxy")


def test_presets_and_defaults_name_every_component_with_its_plugin() -> None:
    plan = read_plan(None, Overrides(arms=tuple(ARMS)))
    named = [getattr(one, role) for one in plan.arms for role in ROLES]
    used = [ref.use for ref in (plan.task, plan.llm, plan.proxy, plan.executor, *named) if ref]
    assert len(used) > 2 * len(ARMS)
    assert [use for use in used if "/" not in use and use != "llm"] == []


def test_an_arm_without_a_template_has_that_of_the_core(tmp_path: Path) -> None:
    text = "[[arms]]\nname = 'a'\n[[arms]]\nname = 'b'"
    plan = read(tmp_path, text, sets=("arms.b.template.layout=chat",))
    assert arm(plan, "a").template == Ref("builtin/answer-only")
    assert arm(plan, "b").template == Ref("builtin/answer-only", {"layout": "chat"})


def test_a_plan_that_was_stored_with_bare_names_is_the_same_work(tmp_path: Path) -> None:
    plan = read_plan(None)
    text = tomli_w.dumps(plan.table())
    assert '"builtin/h-mcs"' in text
    for name in ("random", "h-mcs", "answer-only", "key-words"):
        text = text.replace(f'"builtin/{name}"', f'"{name}"')
    # The explainer of the control was always named in full.
    text = text.replace('explainer = "random"', 'explainer = "builtin/random"')
    stored = read(tmp_path, text)
    assert arm(stored, "amplify").selector == Ref("h-mcs", {"balanced": True})
    assert stored.digest == plan.digest


def test_naming_the_preset_component_bare_keeps_its_options() -> None:
    for name in ("h-mcs", "builtin/h-mcs"):
        plan = read_plan(None, Overrides(selector=name))
        assert arm(plan, "amplify").selector == Ref(name, {"balanced": True})
        assert plan.digest == read_plan(None).digest
    other = read_plan(None, Overrides(selector="clash/h-mcs"))
    assert arm(other, "amplify").selector == Ref("clash/h-mcs")
