"""Refuses and notes, for `plan` and `run` alike, what is known before anything costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Example, Task
from amplify.contract.errors import DataError, PlanError
from amplify.contract.suggest import did_you_mean
from amplify.loop.audit.contrast import Contrast, EqualPrompts
from amplify.loop.audit.find_contrast import contrast_of_draws, find_equal_draws
from amplify.loop.audit.require_contrast import Focus, require_contrast
from amplify.loop.data.classes import task_classes
from amplify.loop.precheck.notes import label_notes, size_notes, split_notes
from amplify.loop.precheck.refusals import foresee, shot_notes
from amplify.loop.prepare import Foreseen
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.draws import each_draw
from amplify.loop.prompt.write import first_known
from amplify.loop.setup import Setup
from amplify.loop.survey.survey import asks_test
from amplify.run.plan.plan import Plan
from amplify.run.wiring.choices import RoleComponents, proxy_of, selector_of, template_of
from amplify.run.wiring.unequal_arms import unequal_notes


@dataclass(frozen=True)
class Preflight:
    """What is known ahead of the calls.

    `foreseen` holds the arms that are prepared already, `contrast` says which of them ask what the
    focus asks, and `notes` are what a reader is told.
    """

    foreseen: Foreseen
    contrast: Contrast
    notes: tuple[str, ...]


def preflight(plan: Plan, choices: Sequence[RoleComponents], setup: Setup) -> Preflight:
    """Refuse a run that data, labels, sizes and plan rule out; nothing is fitted or asked.

    Raises what the run would raise later, and names the same places.
    """
    task, arms = setup.task, setup.arms
    _require_two(plan, task)
    _require_classes(plan, task)
    _require_train(choices, task)
    _require_labels(setup)
    _require_worth(plan, choices)
    attributed_items(plan, task)
    foreseen = foresee(setup)
    prepared = foreseen.prepared
    contrast = _contrast(arms, prepared, plan.focus)
    require_contrast(contrast, focus_of(plan), plan.guards.alike)
    known = [arm for arm in arms if arm.name in prepared] or list(arms)
    bare = [
        prepared.get(arm.name)
        or PreparedArm(arm.name, first_known(arm.instruction, task.instruction))
        for arm in known
    ]
    notes = [
        *task_notes(plan, task, choices, arms),
        *label_notes(task, *each_draw(known, bare)[0]),
        *shot_notes(setup, foreseen, plan.focus, plan.baseline),
    ]
    return Preflight(foreseen, contrast, tuple(notes))


_VIEWS = {
    "label": "the proxy's label, and how sure it is,",
    "words": "the words that speak for the proxy's label",
}
"""What a template shows of the proxy, by its declaration."""


def task_notes(
    plan: Plan, task: Task, choices: Sequence[RoleComponents], arms: Sequence[Arm]
) -> list[str]:
    """Notes that hang on nothing but the plan, its built arms and the split task."""
    silent = [
        f"arm {choice.plan.name} names an explainer, but its template {choice.template.qualified}"
        " shows no rationale"
        for choice in choices
        if choice.plan.explainer is not None
        and choice.plan.shots
        and choice.plan.control_of is None
        and template_of(choice.template).explains == "never"
        and choice.viewer is None
    ]
    silent += [
        f"arm {arm.name} names an explainer, but shows no demonstrations: shots = 0"
        for choice in choices
        for arm in [choice.plan]
        if arm.explainer is not None
        and arm.shots == 0
        and arm.control_of is None
        and choice.viewer is None
    ]
    viewing = [
        f"arm {choice.plan.name} runs the proxy at test time: each prompt shows"
        f" {_VIEWS[template_of(choice.template).views]} beside the item"
        for choice in choices
        if template_of(choice.template).views != "none"
    ]
    viewing += [
        f"arm {choice.plan.name} runs the proxy at test time: its selector"
        f" {choice.selector.qualified} chooses by the proxy's scores of each item"
        for choice in choices
        if choice.selector is not None and choice.plan.shots
        if "test-scores" in selector_of(choice.selector).needs
    ]
    drawing = {choice.plan.name for choice in choices if choice.draws_demonstrations}
    fixed = [
        f"arm {arm.name} has draws = {arm.draws}, but draws no demonstrations: it is asked once"
        for arm in plan.arms
        if arm.draws is not None and arm.draws > 1 and arm.name not in drawing
    ]
    draws = max((plan.draws_of(arm) for arm in plan.arms if arm.name in drawing), default=1)
    fits = any(choice.proxy is not None for choice in choices)
    if plan.tune is not None:
        # Contenders may differ in anything, and two or three of their prompts are tested.
        return [*silent, *fixed, *split_notes(task, fits), *size_notes(task, 1)]
    return [
        *silent,
        *fixed,
        *viewing,
        *_layout_notes(choices),
        *unequal_notes(plan.focus, arms),
        *split_notes(task, fits),
        *size_notes(task, len(plan.arms) - 1, draws),
    ]


def _layout_notes(choices: Sequence[RoleComponents]) -> Iterator[str]:
    """Which arms a plugin's template lays out, where those of others are laid out otherwise."""
    foreign = {c.plan.name: c.template.qualified for c in choices if c.template.plugin != "builtin"}
    if len(foreign) == len(choices):
        return
    for template in dict.fromkeys(foreign.values()):
        names = ", ".join(name for name, used in foreign.items() if used == template)
        yield (
            f"{template} lays out the prompts of {names}, and amplify's own templates those of"
            " other arms: what one gains may come from its layout"
        )


def _require_train(choices: Sequence[RoleComponents], task: Task) -> None:
    """Refuse a proxy that has to learn where there is no item to learn from."""
    learns = [c for c in choices if c.proxy is not None and proxy_of(c.proxy).learns]
    if learns and task.labels and not any(e.label in e.labels(task.labels) for e in task.train):
        raise DataError(
            "there is no training item to fit the proxy on",
            where=f"arm {learns[0].plan.name!r}",
            hint="see [split] train",
        )


def _require_labels(setup: Setup) -> None:
    """Refuse a selector that needs the probabilities of labels where test items have no labels."""
    task = setup.task
    if asks_test(setup) and not all(item.labels(task.labels) for item in task.test):
        names = [arm.plan_name for arm in setup.arms if arm.needs_test_probabilities]
        raise PlanError(
            f"task {task.name} has open answers: the LLM finds no label likely",
            where=f"arm {names[0]!r}",
            hint="another selector, or a task with labels",
        )


def _require_worth(plan: Plan, choices: Sequence[RoleComponents]) -> None:
    """Refuse to measure demonstrations of an arm that has none, or others for each item.

    In a race the arm is the winner, unless the plan names one.
    """
    name = plan.worth.arm or (plan.focus if plan.tune is None else None)
    if not plan.worth.measures or name is None:
        return
    choice = next(choice for choice in choices if choice.plan.name == name)
    if choice.selector is None or not choice.plan.shots:
        if plan.worth.items:
            raise no_worth(name, chooses=False)
        return
    if selector_of(choice.selector).per_item:
        raise no_worth(name, chooses=True)


def attributed_items(plan: Plan, task: Task) -> list[Example]:
    """The test items whose answers are attributed: the first ones, and those that are named.

    Raises PlanError for a name that no test item has.
    """
    section, by_id = plan.worth, {item.id: item for item in task.test}
    for name in section.answer_of:
        if name not in by_id:
            raise PlanError(
                f"there is no test item {name!r}{did_you_mean(name, list(by_id))}",
                where="[worth] answer_of",
                hint="predictions.jsonl in a run's folder has the ids of its test items",
            )
    first = [item.id for item in task.test[: section.answers]]
    return [by_id[name] for name in dict.fromkeys([*first, *section.answer_of])]


def no_worth(arm: str, chooses: bool) -> PlanError:
    """The error of an arm that shows no demonstrations or, as its selector `chooses` them so,
    others for each item."""
    return PlanError(
        "its demonstrations have no worth to measure: "
        + ("its selector chooses others for each item" if chooses else "it shows none"),
        where=f"arm {arm!r}",
        hint="name another one as [worth] arm (amplify worth --arm)",
    )


def focus_of(plan: Plan) -> Focus:
    """The focus arm of the plan, and what it is compared with; in a race no arm has to explain."""
    explains = plan.tune is None and any(
        arm.name == plan.focus and arm.explainer is not None for arm in plan.arms
    )
    return Focus(plan.focus, explains, plan.baseline, plan.controls)


def _require_classes(plan: Plan, task: Task) -> None:
    """Refuse a metric over labels where the answers are open."""
    if plan.verdict.metric != "accuracy" and not task_classes(task):
        raise PlanError(
            f"task {task.name} has open answers: there are no labels for {plan.verdict.metric}",
            where="[verdict] metric",
            hint='compare by "accuracy"',
        )


def _require_two(plan: Plan, task: Task) -> None:
    """Refuse a focus that is planned to the letter as its baseline, or a control of it, is."""
    bare = {arm.name: arm.without_name(plan.proxy) for arm in plan.arms}
    items = len(task.test)
    same = Contrast(
        same=tuple(
            EqualPrompts(plan.focus, arm.name, items, items)
            for arm in plan.arms
            if arm.name != plan.focus and bare[arm.name] == bare[plan.focus]
        )
    )
    require_contrast(same, focus_of(plan), plan.guards.alike)


def _contrast(arms: Sequence[Arm], prepared: Mapping[str, PreparedArm], focus: str) -> Contrast:
    """What the prepared arms lack; of a focus that is not among them nothing is known."""
    known = [arm for arm in arms if arm.name in prepared]
    of_known = [prepared[arm.name] for arm in known]
    if focus not in {arm.plan_name for arm in known}:
        return Contrast(one_draw=find_equal_draws(of_known))
    return contrast_of_draws(known, of_known, focus, baseline=None)
