"""Check that the values of a plan make sense, once all are of the right type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.brief import brief
from amplify.contract.suggest import did_you_mean
from amplify.loop.prompt.arm import drawn_name
from amplify.run.plan.plan import Plan
from amplify.run.plan.proposed import proposal_number
from amplify.run.plan.schema import MOST_REPEATS
from amplify.run.plan.sections import CallsSection, TuneSection
from amplify.run.plan.toml import unwritable

MOST_DRAWS = 1000

MOST_OF_WORTH = 100_000
"""The most items, and the most permutations, by which a worth is measured."""

MOST_SEED = 2**63
"""Libraries take seeds of 64 bits."""


def check_plan(plan: Plan, picked: bool) -> None:
    """PlanError where parts of the plan do not go together; `picked` by --arms are its arms."""
    names = [arm.name for arm in plan.arms]
    named = (
        ("[run] focus", plan.run.focus),
        ("[survey] arm", plan.survey.arm),
        ("[verdict] baseline", plan.verdict.baseline),
        ("[worth] arm", plan.worth.arm),
    )
    for key, name in named:
        if name is not None and name not in names:
            raise PlanError(
                f"no arm {name!r}{did_you_mean(name, names)}",
                where=key,
                hint=f"arms: {names}; name it in --arms too, or another one by -o {_set(key)}=NAME"
                if picked
                else f"arms: {names}",
            )
    if not 0 <= plan.run.seed < MOST_SEED:
        problem = f"a seed is 0 or more, and less than 2^63, not {str(plan.run.seed)[:40]}"
        raise PlanError(problem, where="[run] seed")
    if plan.run.limit is not None and plan.run.limit < 1:
        raise PlanError(f"a limit is 1 or more, not {plan.run.limit}", where="[run] limit")
    if not 1 <= plan.run.draws <= MOST_DRAWS:
        problem = f"draws are 1 to {MOST_DRAWS:,}, not {str(plan.run.draws)[:40]}"
        raise PlanError(problem, where="[run] draws")
    if not 1 <= plan.run.repeats <= MOST_REPEATS:
        problem = f"repeats are 1 to {MOST_REPEATS:,}, not {str(plan.run.repeats)[:40]}"
        raise PlanError(problem, where="[run] repeats")
    if plan.run.choose_on < 0:
        problem = f"a count of pool items, or 0, not {str(plan.run.choose_on)[:40]}"
        raise PlanError(problem, where="[run] choose_on")
    if plan.run.calibrate_on < 1:
        problem = f"a count of pool items of at least 1, not {str(plan.run.calibrate_on)[:40]}"
        raise PlanError(problem, where="[run] calibrate_on")
    if plan.run.abstain is not None and not 0 <= plan.run.abstain <= 1:
        problem = f"a probability, 0 to 1, not {plan.run.abstain}"
        raise PlanError(problem, where="[run] abstain")
    _check_names_of_draws(plan)
    for arm in plan.arms:
        if arm.draws is not None and arm.draws > MOST_DRAWS:
            problem = f"draws are 1 to {MOST_DRAWS:,}, not {str(arm.draws)[:40]}"
            raise PlanError(problem, where=f"arm {arm.name!r} draws")
    verdict = plan.verdict
    if verdict.baseline == plan.focus:
        raise PlanError("the focus arm is no baseline of itself", where="[verdict] baseline")
    if verdict.max_p is not None and not 0 < verdict.max_p <= 1:
        raise PlanError(f"a p-value is in (0, 1], not {verdict.max_p}", where="[verdict] max_p")
    if verdict.min_gain is not None and not -100 <= verdict.min_gain <= 100:
        raise PlanError(
            f"a gain is in points, -100 to 100, not {verdict.min_gain}", where="[verdict] min_gain"
        )
    if plan.baseline is None and (verdict.min_gain, verdict.max_p) != (None, None):
        raise PlanError(
            "a gain is asked for, but no arm is a baseline",
            where="[verdict]",
            hint="run the focus arm with another one, for instance answer-only",
        )
    for key in ("items", "permutations", "answers"):
        count = getattr(plan.worth, key)
        if not 0 <= count <= MOST_OF_WORTH:
            problem = f"a count of 0 to {MOST_OF_WORTH:,}, not {str(count)[:40]}"
            raise PlanError(problem, where=f"[worth] {key}")
    if plan.worth.prune and not plan.worth.items:
        raise PlanError(
            "nothing can be pruned whose worth is not measured",
            where="[worth] prune",
            hint="say by how many pool items: [worth] items = 30",
        )
    if plan.split.folds < 0:
        raise PlanError(f"folds are 0 or more, not {plan.split.folds}", where="[split] folds")
    if plan.split.seed is not None and plan.split.seed < 0:
        raise PlanError(f"a seed is 0 or more, not {plan.split.seed}", where="[split] seed")
    if plan.split.held_out is not None:
        part_of(plan.split.held_out)
    check_calls(plan.calls)
    if plan.tune is not None:
        check_tune(plan, plan.tune)
    elif proposed := [arm.name for arm in plan.arms if proposal_number(arm.instruction)]:
        raise PlanError(
            "the LLM proposes instructions in amplify tune alone",
            where=f"arm {proposed[0]!r}",
            hint="write the instruction that is meant",
        )


def check_tune(plan: Plan, tune: TuneSection) -> None:
    """PlanError where the race that the plan asks for makes no sense."""
    size, whole = tune.validation, isinstance(tune.validation, int)
    if size is not None and not (size >= 1 if whole else 0 < size < 1):
        raise PlanError(
            f"a count of pool items, or a share of them between 0 and 1, not {size}",
            where="[tune] validation",
        )
    if not 0 < tune.alpha < 1:
        raise PlanError(f"a level is between 0 and 1, not {tune.alpha}", where="[tune] alpha")
    if tune.contenders is not None and tune.contenders < 2:
        problem = f"a race has 2 contenders or more, not {tune.contenders}"
        raise PlanError(problem, where="[tune] contenders")
    if plan.split.held_out is not None:
        raise PlanError(
            "a race sets validation items apart by itself",
            where="[split] held_out",
            hint="leave it out: see [tune] validation",
        )
    if plan.baseline is None:
        raise PlanError(
            "there is no baseline that the winner could be tested against",
            where="[tune]",
            hint='name a second arm, for instance "answer-only"',
        )


def _check_names_of_draws(plan: Plan) -> None:
    """PlanError where an arm is called as a draw of another one is."""
    names = {arm.name for arm in plan.arms}
    for arm in plan.arms:
        draws = plan.draws_of(arm)
        numbers = range(1, draws + 1) if 1 < draws <= MOST_DRAWS else ()
        for name in names.intersection(drawn_name(arm.name, number) for number in numbers):
            raise PlanError(
                f"it is called as a draw of arm {arm.name!r}",
                where=f"arm {name!r}",
                hint="give it another name",
            )


def check_texts(tables: Mapping[str, Any]) -> None:
    """PlanError where a text of the tables cannot be written down."""
    unwritable_text = unwritable(tables)
    if unwritable_text is not None:
        text, place = unwritable_text
        raise PlanError(
            f"{text!a} holds bytes that are no UTF-8, and cannot be written down",
            where=place,
            hint="rename the file or the folder, or say it in other characters",
        )


def part_of(held_out: str) -> tuple[int, int]:
    """The part, counted from 1, and the number of parts that `held_out` names."""
    match = re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})", held_out)
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if parts < 2 or part > parts:
        raise PlanError(
            f"names no part of the pool: {brief(held_out)}",
            where="[split] held_out",
            hint='for instance "1/3": the first of three parts',
        )
    return part, parts


def check_calls(calls: CallsSection) -> None:
    """PlanError where a number makes no sense."""
    least: dict[str, float] = {"concurrency": 1, "retries": 0, "backoff": 0, "max_pause": 0}
    least |= {"cache_megabytes": 1, "cache_days": 0, "max_calls": 0, "max_tokens": 0}
    least |= {"max_cost": 0, "max_seconds": 0}
    for key, bound in least.items():
        value = getattr(calls, key)
        if value is not None and not bound <= value < math.inf:
            raise PlanError(f"{bound:g} or more, not {value}", where=f"[calls] {key}")
    for key in ("timeout", "requests_per_minute", "tokens_per_minute"):
        value = getattr(calls, key)
        if value is not None and not 0 < value < math.inf:
            raise PlanError(f"more than 0, not {value}", where=f"[calls] {key}")


def _set(key: str) -> str:
    """A plan's key as `-o` has it."""
    return key.replace("[", "").replace("] ", ".")
