"""Preflight: what `plan` and `run` refuse alike, and tell alike, before anything costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amplify.contract.data import Task
from amplify.contract.errors import DataError
from amplify.loop.answer.answer import requests
from amplify.loop.audit.contrast import Contrast, EqualPrompts, find_equal_prompts
from amplify.loop.audit.require_contrast import Focus, require_contrast
from amplify.loop.precheck.notes import label_notes, size_notes, split_notes
from amplify.loop.precheck.refusals import Foreseen, foresee, shot_notes
from amplify.loop.prepare import Preparation
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.run.plan.plan import ArmPlan, Plan
from amplify.run.wiring.choices import RoleComponents, proxy_of, template_of


@dataclass(frozen=True)
class Preflight:
    """`foreseen` arms, and what to tell ahead of the calls: `notes`."""

    foreseen: Foreseen
    notes: tuple[str, ...]


def preflight(plan: Plan, choices: Sequence[RoleComponents], preparation: Preparation) -> Preflight:
    """Refuse a run that data, labels, sizes and plan rule out; nothing is fitted or asked.

    Raises what the run would raise later, and names the same places.
    """
    task, arms = preparation.task, preparation.arms
    _require_two(plan, task)
    _require_lessons(choices, task)
    found = foresee(preparation)
    if focus_of(plan).explains:
        same = same_prompts(plan, task, arms, found)
        require_contrast(same, focus_of(plan), plan.guards.alike)
    known = [arm for arm in arms if arm.name in found.prepared] or list(arms)
    made = [
        found.prepared.get(arm.name, PreparedArm(arm.name, task.instruction, ())) for arm in known
    ]
    notes = [
        *task_notes(plan, task, choices),
        *label_notes(task, known, made),
        *shot_notes(arms, task, found, plan.focus, plan.baseline),
    ]
    return Preflight(found, tuple(notes))


def task_notes(plan: Plan, task: Task, choices: Sequence[RoleComponents]) -> list[str]:
    """Notes that hang on nothing but the plan and the split task."""
    silent = [
        f"arm {choice.plan.name} names an explainer, but its template {choice.template.qualified}"
        " shows no rationale"
        for choice in choices
        if choice.plan.explainer is not None
        and choice.plan.shots
        and choice.plan.control_of is None
        and template_of(choice.template).explains == "never"
    ]
    silent += [
        f"arm {arm.name} names an explainer, but shows no demonstrations: shots = 0"
        for arm in plan.arms
        if arm.explainer is not None and arm.shots == 0 and arm.control_of is None
    ]
    fits = any(choice.proxy is not None for choice in choices)
    return [*silent, *split_notes(task, fits), *size_notes(task, len(plan.arms) - 1)]


def _require_lessons(choices: Sequence[RoleComponents], task: Task) -> None:
    """Refuse a proxy that has to learn where there is no item to learn from."""
    learns = [c for c in choices if c.proxy is not None and proxy_of(c.proxy).learns]
    if learns and task.labels and not any(e.label in e.labels(task.labels) for e in task.train):
        raise DataError(
            "there is no training item to fit the proxy on",
            where=f"arm {learns[0].plan.name!r}",
            hint="see [split] train",
        )


def focus_of(plan: Plan) -> Focus:
    """What the plan has focus_of."""
    explains = any(arm.name == plan.focus and arm.explainer is not None for arm in plan.arms)
    return Focus(plan.focus, explains, plan.baseline, plan.controls)


def _require_two(plan: Plan, task: Task) -> None:
    """Refuse a focus that is planned to the letter as its baseline, or a control of it, is."""
    bare = {arm.name: _bare(arm, plan) for arm in plan.arms}
    items = len(task.test)
    same = Contrast(
        same=tuple(
            EqualPrompts(plan.focus, arm.name, items, items)
            for arm in plan.arms
            if arm.name != plan.focus and bare[arm.name] == bare[plan.focus]
        )
    )
    require_contrast(same, focus_of(plan), plan.guards.alike)


def _bare(arm: ArmPlan, plan: Plan) -> ArmPlan:
    """What an arm is, whatever it is called."""
    return replace(arm, name="", control_of=None, tests="", proxy=arm.proxy or plan.proxy)


def same_prompts(plan: Plan, task: Task, arms: Sequence[Arm], found: Foreseen) -> Contrast:
    """Which arms ask what the focus asks, of those whose prompts are known; none where its own are
    not."""
    known = [arm for arm in arms if arm.name in found.prepared]
    if plan.focus not in found.prepared:
        return Contrast()
    asked = {
        arm.name: requests(arm, found.prepared[arm.name], list(task.test), task.labels)
        for arm in known
    }
    return Contrast(same=tuple(find_equal_prompts(asked, plan.focus)))
