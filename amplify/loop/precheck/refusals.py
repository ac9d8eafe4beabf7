"""Foresee: what data, labels, sizes and arms alone rule out, before anything is fitted or asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amplify.contract.data import Task
from amplify.loop.audit.contrast import shown_shots, unequal_shots
from amplify.loop.audit.leakage import LeakGuard
from amplify.loop.explain.explain import next_label
from amplify.loop.prepare import Preparation, nothing_found
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.survey.llm import survey_arm
from amplify.loop.survey.proxy import candidates, check_scorable, fold_parts, scorable


@dataclass(frozen=True)
class Foreseen:
    """The arms that hang on no proxy and on no errors of the LLM, prepared; and, by name, how many
    demonstrations each arm can show at most, where that is known."""

    prepared: Mapping[str, PreparedArm]
    shots: Mapping[str, int] = field(default_factory=dict)


def foresee(preparation: Preparation) -> Foreseen:
    """Refuse what the run would refuse later; nothing is fitted, explained or asked."""
    task, arms = preparation.task, preparation.arms
    preparation.guard.check_train()
    prepared = {arm.name: preparation.prepare(arm) for arm in arms if stands_alone(arm)}
    for arm in arms:
        if arm.name in prepared:
            preparation.room.require(arm, prepared[arm.name], task.test)
    for arm in arms:
        if arm.name not in prepared and _picks_scored(arm) and not task.pool:
            raise nothing_found(arm, task)
    shots = {name: shown_shots(made) for name, made in prepared.items()}
    left = _left_to_survey(preparation, prepared)
    for arm in arms:
        if arm.name not in prepared:
            shots[arm.name] = _foresee_arm(preparation, arm, left)
    return Foreseen(prepared, shots)


def stands_alone(arm: Arm) -> bool:
    """Whether the arm can be prepared without a proxy, an explainer or the LLM's errors."""
    explains = arm.explainer is not None or arm.ranker is not None
    return arm.selector is None or not (arm.needs_proxy or arm.needs_errors or explains)


def _picks_scored(arm: Arm) -> bool:
    """Whether the arm's selector looks at what the survey makes of the pool."""
    return arm.needs_scores or arm.needs_errors or arm.ranker is not None


def _left_to_survey(
    preparation: Preparation, prepared: Mapping[str, PreparedArm]
) -> set[str] | None:
    """The ids of the pool items that the LLM is asked; None where all are, or the fit decides."""
    if not any(preparation.surveys(arm) and arm.shots for arm in preparation.arms):
        return None
    asker = survey_arm(preparation.arms, preparation.survey.arm)
    if asker.name not in prepared:
        return None
    return {item.id for item in preparation.to_ask(asker, prepared[asker.name])}


def _foresee_arm(preparation: Preparation, arm: Arm, left: set[str] | None) -> int:
    """How many demonstrations the arm can show at most."""
    task, survey = preparation.task, preparation.survey
    if arm.needs_proxy:
        check_scorable(task)
        if survey.folds:
            fold_parts(scorable(task), survey.folds, preparation.seed)
    if arm.explains_foil and not any(e.labels(task.labels) for e in task.pool):
        for example in task.pool:
            next_label(example, task.labels)
    if not _picks_scored(arm):
        selection, _ = preparation.select(arm, candidates(task.pool, None, {}, {}, "none"))
        guard = LeakGuard(task, survey.leaks)
        guard.check_shown(arm.name, [shot.example for shot in selection.shots])
        return len(selection.shots)
    found = scorable(task) if task.labels or arm.needs_scores else list(task.pool)
    if preparation.surveys(arm) and left is not None:
        found = [example for example in found if example.id in left]
    if not found:
        raise nothing_found(arm, task)
    return len(found) if arm.shots == "max" else min(len(found), arm.shots)


def shot_notes(
    arms: Sequence[Arm], task: Task, foreseen: Foreseen, focus: str, baseline: str | None
) -> list[str]:
    """What to know of arms that cannot show as many demonstrations as the plan says."""
    short = [
        f"{foreseen.shots[arm.name]} of {arm.shots} in {arm.name}"
        for arm in arms
        if arm.selector is not None and arm.shots != "max" and foreseen.shots[arm.name] < arm.shots
    ]
    if not short:
        return []
    notes = [f"there are fewer demonstrations than shots, at most {', '.join(short)}"]
    unequal = unequal_shots(arms, foreseen.shots, focus, baseline)
    if unequal:
        notes[0] += (
            f": a difference between {' and '.join(unequal)} may come from their number alone;"
            f" enlarge the pool ([split] pool, of {len(task.pool)} items), show fewer shots, or ask"
            ' the survey with an arm that shows none ([survey] arm = "zero-shot")'
        )
    return notes
