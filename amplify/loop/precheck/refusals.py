"""Refuses what data, labels, sizes and arms alone rule out, before anything is fitted or asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amplify.contract.calls import Request
from amplify.contract.grammar import counted
from amplify.loop.audit.find_contrast import unequal_shots
from amplify.loop.data.folds import fold_parts
from amplify.loop.explain.explain import next_label
from amplify.loop.prepare import Draft, Foreseen, draft_arm
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.draws import by_plan_name, each_draw
from amplify.loop.select.select_shots import nothing_to_show, select_shots
from amplify.loop.setup import Setup
from amplify.loop.survey.llm import survey_requests
from amplify.loop.survey.proxy import check_scorable, scorable
from amplify.loop.survey.survey import (
    Survey,
    asking_arm,
    asks_pool,
    candidates_for,
    looks_at_llm,
)


def foresee(setup: Setup) -> Foreseen:
    """Refuse what the run would refuse later; nothing is fitted, explained or asked."""
    task, arms = setup.task, setup.arms
    leaks = setup.guard.check_train()
    drafts: dict[str, Draft] = {}
    for arm in arms:
        if stands_alone(arm):
            drafts[arm.name] = draft_arm(setup, arm, Survey())
    for arm in arms:
        if arm.name in drafts:
            setup.room.require(arm.name, drafts[arm.name].prepared.requests)
    for arm in arms:
        if arm.name not in drafts and _picks_scored(arm) and not task.pool:
            raise nothing_to_show(arm, task)
    requests = _survey_requests(setup, drafts)
    shots = by_plan_name(
        arms,
        (
            drafts[arm.name].prepared.shots
            if arm.name in drafts
            else _most_shots(setup, arm, requests)
            for arm in arms
        ),
    )
    fewest = {name: min(counts) for name, counts in shots.items()}
    return Foreseen(drafts, fewest, leaks, requests)


def stands_alone(arm: Arm) -> bool:
    """Whether the arm can be prepared without a proxy and without asking the LLM."""
    if arm.uses_proxy:
        return False
    asks = arm.selector_asks or arm.needs_test_probabilities or bool(arm.asking)
    return arm.selector is None or not (arm.needs_proxy or arm.needs_errors or asks)


def _picks_scored(arm: Arm) -> bool:
    """Whether the arm's selector looks at what the survey, or the LLM itself, makes of the pool."""
    of_test = arm.needs_test_scores or arm.needs_test_probabilities
    of_pool = arm.needs_scores or arm.needs_errors or arm.ranker is not None
    return of_pool or of_test or arm.selector_asks


def _survey_requests(setup: Setup, drafts: Mapping[str, Draft]) -> list[Request] | None:
    """What the LLM is asked of the pool; None where nothing is, or only the run can tell."""
    asker = asking_arm(setup)
    if asker is None or asker.name not in drafts or not asks_pool(setup):
        return None
    return survey_requests(asker, drafts[asker.name].prepared, setup.task, setup.room)


def _most_shots(setup: Setup, arm: Arm, requests: Sequence[Request] | None) -> int:
    """How many demonstrations the arm can show at most.

    `requests` are those of the survey, where they are known: an arm that looks at the LLM's errors
    shows no other pool items.
    """
    task, method = setup.task, setup.method
    if arm.needs_proxy:
        check_scorable(task)
        if method.folds:
            fold_parts(scorable(task), method.folds, method.seed)
    if arm.explains_foil and not any(e.labels(task.labels) for e in task.pool):
        for example in task.pool:
            next_label(example, task.labels)
    if not _picks_scored(arm):
        selection, _ = select_shots(arm, candidates_for(setup, arm, Survey()), task)
        setup.guard.check_shown(arm.name, [shot.example for shot in selection.shots])
        return len(selection.shots)
    pool = {example.id for example in setup.pool_of(arm)}
    every = scorable(task) if task.labels or arm.needs_scores else task.pool
    examples = [example for example in every if example.id in pool]
    if requests is not None and looks_at_llm(arm, method):
        surveyed = {request.item for request in requests}
        examples = [example for example in examples if example.id in surveyed]
    if not examples:
        raise nothing_to_show(arm, task)
    return len(examples) if arm.shots == "max" else min(len(examples), arm.shots)


def shot_notes(setup: Setup, foreseen: Foreseen, focus: str, baseline: str | None) -> list[str]:
    """What to know of arms that cannot show as many demonstrations as the plan says."""
    bare = [PreparedArm(arm.name, "") for arm in setup.arms]
    arms, _ = each_draw(setup.arms, bare)[0]
    short = [
        f"{foreseen.shots[arm.name]} of {arm.shots} in {arm.name}"
        for arm in arms
        if arm.selector is not None and arm.shots != "max" and foreseen.shots[arm.name] < arm.shots
    ]
    if not short:
        return []
    notes = [f"there are fewer demonstrations than shots, at most {', '.join(short)}"]
    notes += _small_samples(setup, foreseen)
    unequal = unequal_shots(arms, foreseen.shots, focus, baseline)
    if unequal:
        notes[0] += (
            f": a difference between {' and '.join(unequal)} may come from their number alone;"
            f" enlarge the pool ([split] pool, of {counted(len(setup.task.pool), 'item')}), show"
            " fewer shots,"
            ' or ask the survey with an arm that shows none ([survey] arm = "zero-shot")'
        )
    return notes


def _small_samples(setup: Setup, foreseen: Foreseen) -> list[str]:
    """A note where the sample of a draw holds fewer examples than an arm has shots."""
    samples = [
        len(setup.pool_of(arm))
        for arm in setup.arms
        if arm.draw
        and arm.shots != "max"
        and foreseen.shots[arm.plan_name] < arm.shots
        and len(setup.pool_of(arm)) < arm.shots
    ]
    if not samples:
        return []
    return [
        f"a draw chooses from {min(samples)} of the"
        f" {counted(len(setup.task.pool), 'pool item')}, fewer than"
        " it has shots, so that nothing is left to choose: enlarge the pool ([split] pool), or see"
        " [run] draws and draw_from"
    ]
