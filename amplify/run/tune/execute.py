"""Execute a tune: a run whose arms are raced first, so that the winner alone is tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError
from amplify.loop.data.set_apart import set_apart
from amplify.loop.prompt.arm import PreparedArm
from amplify.run.cost.raised_caps import together
from amplify.run.hops.answered import answer_run
from amplify.run.hops.attributions import attribute_answers
from amplify.run.hops.concluded import conclude_run
from amplify.run.hops.opened import OpenRun, Warn, open_run
from amplify.run.hops.prepared import prepare_run, rendered_arms
from amplify.run.hops.questions import questions
from amplify.run.hops.worth import draws_to_measure, measure_worth
from amplify.run.hops.worth_left import Drawn, most_of_worth
from amplify.run.plan.plan import Plan
from amplify.run.result import FinishedRun
from amplify.run.store.run_folder import RunFolder
from amplify.run.tune.contenders import Contender, distinct, make_contenders
from amplify.run.tune.course import Course, Watch, run_race
from amplify.run.tune.finals import Finals, finals
from amplify.run.tune.proposals import with_proposals
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


def execute_tune(
    wiring: Wiring,
    folder: RunFolder,
    resume: bool,
    warn: Warn,
    watch: Watch,
) -> FinishedRun:
    """Race the arms of the wired plan, and test the winner; with `resume`, finish what is there.

    The arms are prepared over validation and test items alike, so that none of them shows one of
    either. `warn` is told what a user has to know, `watch` is called after each round.
    """
    plan, split = wiring.plan, _Split(wiring.plan)
    with open_run(wiring, folder, resume, warn, Shared(), split.laid_out) as opened:
        run, proposed = with_proposals(opened)
        preparation = prepare_run(run, resume)
        prepared = rendered_arms(run, preparation)
        every = make_contenders(run, prepared, split.validation)
        references = _references(plan, every)
        entered = [c for c in every if _races(plan, c, references)]
        racing = distinct(entered, run.engine.identity)
        course = run_race(run, racing, split.validation, references, resume, watch)
        last = finals(course, references, entered)
        tested = _tested(run, split.test, last)
        shown = [contender.prepared for contender in last.contenders]
        final = questions(tested, shown, last.focus, last.priors)
        answers, left = answer_run(tested, final, preparation.failures)
        answers.failures += course.answers.failures
        answers.notes[:0] = proposed
        answers.notes += course.notes
        draws = _draws_to_measure(tested, shown, last)
        worth, left_of_worth = measure_worth(tested, draws, answers)
        attributions, left_of_answers = attribute_answers(tested, draws, answers)
        if left is not None and not course.over:
            left = run.engine.remaining(course.remaining())
            left_of_worth = most_of_worth(tested, _may_be_measured(plan, course, last))
        left = together(left, left_of_worth, left_of_answers)
    preparation = replace(preparation, arms=shown)
    raced = partial(last.conclude, answers.not_made)
    return conclude_run(
        tested, preparation, shown, final, answers, left, worth, raced, attributions
    )


def _draws_to_measure(run: OpenRun, shown: Sequence[PreparedArm], last: Finals) -> list[Drawn]:
    """The finalist whose demonstrations' worth the plan asks for: a draw of the arm that it names,
    else the winner, where that shows any."""
    winner = last.winner.prepared
    named = run.plan.worth.arm
    if run.plan.worth.items and named is None and (winner.chosen or not winner.demonstrations):
        run.warn(
            f"the winner {winner.name} shows no demonstrations, or others for each item: they have"
            " no worth to measure"
        )
        return []
    of_named = (c.name for c in last.contenders if named in (c.name, c.plan_name))
    try:
        return draws_to_measure(run, shown, next(of_named, named or winner.name))
    except PlanError as error:
        if named is not None:
            raise
        run.warn(f"the winner {winner.name}: {error.message}; {error.hint}")
        return []


def _may_be_measured(plan: Plan, course: Course, last: Finals) -> list[Drawn]:
    """The contenders one of which is measured at the end of a race that is not over."""
    named = plan.worth.arm
    contenders = course.still_racing if named is None else last.contenders
    return [
        (contender.arm, contender.prepared)
        for contender in contenders
        if plan.worth.items
        and named in (None, contender.name, contender.plan_name)
        and contender.prepared.demonstrations
        and not contender.prepared.chosen
    ]


class _Split:
    """The items of a tune: those for validation, and those for the test."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.validation: tuple[Example, ...] = ()
        self.test: tuple[Example, ...] = ()

    def laid_out(self, task: Task) -> Task:
        """The task with its validation items ahead of the test items, and out of the pool."""
        assert self.plan.tune is not None
        seed = self.plan.run.seed if self.plan.split.seed is None else self.plan.split.seed
        apart, self.validation = set_apart(task, self.plan.tune.validation, seed)
        self.test = task.test
        return replace(apart, test=(*self.validation, *task.test))


def _references(plan: Plan, contenders: Sequence[Contender]) -> list[Contender]:
    """The contenders that are tested whoever wins: the baseline, and AMPLIFY where it is an arm.

    Of several draws it is the first: what a run without a race would have had.
    """
    names = [plan.baseline, plan.run.focus or "amplify"]
    return [
        next(contender for contender in contenders if contender.plan_name == name)
        for name in dict.fromkeys(names)
        if name in {contender.plan_name for contender in contenders}
    ]


def _races(plan: Plan, contender: Contender, references: Sequence[Contender]) -> bool:
    """Whether a contender is in the race: one of the arms that `[tune]` names, or the baseline."""
    assert plan.tune is not None
    arms = plan.tune.arms or [arm.name for arm in plan.arms]
    return contender.plan_name in arms or contender.name == references[0].name


def _tested(run: OpenRun, test: Sequence[Example], last: Finals) -> OpenRun:
    """The run with the finalists as its arms, over the test items alone."""
    task = replace(run.task, test=tuple(test))
    arms = [contender.arm for contender in last.contenders]
    return replace(run, task=task, arms=arms, setup=replace(run.setup, task=task, arms=arms))
