"""Measures in an open run what the demonstrations of a prompt are worth, and prunes the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import tomli_w

from amplify.contract.calls import Request
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.answer.score import score_arm
from amplify.loop.compare.compare import compare
from amplify.loop.compare.family import adjust
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.repeats import repeat_requests
from amplify.loop.worth.coalitions import all_parts
from amplify.loop.worth.prompt_worth import (
    PromptWorth,
    Pruned,
    explaining,
    showing,
)
from amplify.run.cost.raised_caps import Remaining
from amplify.run.engine.answers import Answers
from amplify.run.hops.opened import OpenRun
from amplify.run.hops.worth_left import (
    Drawn,
    items_of_worth,
    most_of_pruned,
    most_of_worth,
    values_of,
)
from amplify.run.plan.read import read_plan
from amplify.run.precheck.preflight import attributed_items, no_worth
from amplify.run.worth.measure import measure_parts


def draws_to_measure(
    run: OpenRun, prepared: Sequence[PreparedArm], measured: str | None = None
) -> list[Drawn]:
    """The draws of the arm whose demonstrations' worth the plan asks for; none where it does not.

    `measured` is the arm (None: the one that the plan names, else the focus).

    Raises PlanError where the arm shows none, or others for each item, where no pool item is left
    to measure by, and where an answer is to be attributed to what is no test item.
    """
    section = run.plan.worth
    if not section.measures:
        return []
    name = measured or section.arm or run.plan.focus
    draws = [
        (arm, shown) for arm, shown in zip(run.arms, prepared, strict=True) if arm.plan_name == name
    ]
    if not draws:
        run.warn(f"the worth of the demonstrations of {name} is not measured: it is not tested")
    chooses = any(shown.chosen for _, shown in draws)
    bare = not all(shown.demonstrations for _, shown in draws)
    if chooses or (bare and section.items):
        raise no_worth(name, chooses)
    if section.items and not all(items_of_worth(run, pair, 1) for pair in draws):
        raise PlanError(
            "no pool item is left to measure the worth of its demonstrations by",
            where=f"arm {name!r}",
            hint="enlarge [split] pool",
        )
    attributed_items(run.plan, run.task)
    return draws


def measure_worth(
    run: OpenRun, draws: Sequence[Drawn], answers: Answers
) -> tuple[PromptWorth | None, Remaining | None]:
    """What the demonstrations of the arm's best draw are worth, and what a stop left unasked.

    `draws` are those of `draws_to_measure`; its first one stands for an arm of which no best draw
    is chosen. None where nothing is to be measured, and no worth where the run was stopped before.
    """
    engine, section = run.engine, run.plan.worth
    if not draws:
        return None, None
    if engine.stop is not None:
        return None, most_of_worth(run, draws) if section.items else None
    _keep_section(run)
    if not section.items:
        return None, None
    arm, shown = choose_drawn(run, draws, answers)
    items = items_of_worth(run, (arm, shown), section.items)
    if len(items) < section.items:
        run.warn(
            f"the worth of demonstrations is measured by {counted(len(items), 'pool item')} in"
            " place of"
            f" {section.items:,}: there are no more that arm {arm.plan_name} does not show"
        )
    by_coalition = values_of(run, arm, items)
    seed, most, whole = run.plan.run.seed, section.permutations, len(shown.demonstrations)
    of_parts = by_coalition(partial(showing, shown))
    demonstrations = measure_parts(of_parts, shown.demonstrations, "demonstrations", most, seed)
    cut_off = [of_parts] if of_parts.unasked else []
    errors, requested, rationales = of_parts.errors, of_parts.requested, None
    if any(d.rationale for d in shown.demonstrations):
        of_rationales = by_coalition(partial(explaining, shown))
        if engine.stop is None:
            kind = "rationales"
            rationales = measure_parts(of_rationales, shown.demonstrations, kind, most, seed)
        cut_off += [of_rationales] if of_rationales.unasked or rationales is None else []
        errors += of_rationales.errors
        requested += of_rationales.requested
    correct, bare = (of_parts.correct.get(c) for c in (all_parts(whole), frozenset()))
    worth = PromptWorth(
        arm.plan_name,
        arm.draw,
        len(items),
        None if correct is None else int(correct.sum()),
        None if bare is None else int(bare.sum()),
        demonstrations,
        rationales,
        errors,
        engine.stop is None,
        requests=requested,
    )
    unasked: list[Request] = []
    left = engine.remaining([])
    if section.prune and engine.stop is None:
        worth, unasked = _prune(run, worth, arm, shown, answers)
        left = engine.remaining(unasked)
    elif section.prune:
        left = engine.most_of(most_of_pruned(run, arm, shown))
    for values in cut_off:
        left = left.plus(values.most_left(whole, most))
    return worth, None if engine.stop is None else left


def _keep_section(run: OpenRun) -> None:
    """Have the plan in the folder say what is measured, so that a resumed run does so too."""
    stored = read_plan(run.folder.path / "plan.toml")
    if stored.worth != run.plan.worth:
        kept = replace(stored, worth=run.plan.worth)
        run.folder.write("plan.toml", tomli_w.dumps(kept.table()))


def choose_drawn(run: OpenRun, draws: Sequence[Drawn], answers: Answers) -> Drawn:
    """The best of an arm's `draws`; the first one where none is chosen."""
    name = draws[0][0].plan_name
    by_draw = answers.by_draw(run.plan.run.seed)[name]
    best = score_arm(name, by_draw, on_pool=answers.on_pool.get(name)).best_draw
    return next((pair for pair in draws if pair[0].draw == best), draws[0])


def _prune(
    run: OpenRun, worth: PromptWorth, arm: Arm, shown: PreparedArm, answers: Answers
) -> tuple[PromptWorth, list[Request]]:
    """The worth with the pruned arm on the test items, and the requests that a stop left unasked.

    The choice of what is dropped saw no test item.
    """
    dropped = worth.demonstrations.hurting
    plain = [] if worth.rationales is None else worth.rationales.hurting
    plain = [place for place in plain if place not in dropped]
    if not dropped and not plain:
        return worth, []
    whole = all_parts(len(shown.demonstrations))
    name = f"{arm.plan_name}-pruned"
    less = replace(arm, name=name, draw=0)
    kept = replace(showing(explaining(shown, whole - {*plain}), whole - {*dropped}), name=name)
    kept = replace(kept, draw=0)
    read, asked, unasked = _answer(run, less, kept)
    seed = run.plan.run.seed
    ours = {(seed, 0): read.predictions[name][0]}
    before = answers.predictions[arm.plan_name][arm.draw]
    compared = compare(name, arm.plan_name, ours, {(seed, 0): before}, seed)
    if compared is not None:
        compared = replace(adjust(f"{name} against {arm.plan_name}", [compared])[0])
        compared = replace(compared, baseline_draw=arm.draw)
    score = score_arm(name, ours)
    pruned = Pruned(tuple(dropped), tuple(plain), score, compared)
    errors = worth.errors + score.errors
    requests = worth.requests + asked
    return replace(worth, errors=errors, pruned=pruned, requests=requests), unasked


def _answer(run: OpenRun, arm: Arm, prepared: PreparedArm) -> tuple[Answers, int, list[Request]]:
    """The arm's answers to the test items, how many requests were made, and which of them a stop
    may have left unasked."""
    engine, task, plan = run.engine, run.task, run.plan
    answers, asked = Answers(), 0
    setup = replace(run.setup, arms=[arm])
    for of_draws in calibration_requests(setup, [prepared], plan.run.calibrate_on).values():
        outcomes = engine.ask(list(chain(*of_draws.values())), f"calibrate ({arm.name})")
        answers.add_priors({arm.name: arm}, of_draws, outcomes, task)
        asked += len(outcomes)
    by_repeat = repeat_requests(arm, prepared, task, plan.run.seed)
    requests = list(chain(*by_repeat))
    outcomes = engine.ask(requests, f"answer ({arm.name})")
    answers.add(arm, by_repeat, outcomes, task, plan.run.parser, run.room, engine.ask)
    cut_off = (*requests, *answers.not_made, *answers.may_follow)
    asked += sum(map(len, answers.outcomes.values()))
    return answers, asked, [] if engine.stop is None else list(cut_off)
