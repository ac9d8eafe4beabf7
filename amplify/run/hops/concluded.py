"""Concludes an open run: scores, comparisons, verdict, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from amplify.contract.data import Prediction, Task
from amplify.loop.answer.reading_differences import reading_notes
from amplify.loop.answer.score import abstention_notes
from amplify.loop.audit.contrast import contrast_words
from amplify.loop.audit.empty_words import empty_words
from amplify.loop.audit.faithfulness import reports
from amplify.loop.compare.classifier import proxy_names, proxy_predictions
from amplify.loop.compare.conclude import Conclusion, conclude
from amplify.loop.compare.demand import Demand
from amplify.loop.data.classes import task_classes
from amplify.loop.precheck.notes import label_notes
from amplify.loop.prepare import Preparation
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.prompt.draws import all_draws, each_draw
from amplify.loop.prompt.shown import repeated_draw_notes, shown_by_draw
from amplify.loop.worth.answer_attribution import AnswerAttributions
from amplify.loop.worth.prompt_worth import PromptWorth
from amplify.run.cost.raised_caps import Remaining, enough
from amplify.run.engine.answers import Answers
from amplify.run.engine.unread_notes import second_call_notes, unread_notes
from amplify.run.hops.opened import OpenRun
from amplify.run.hops.questions import Questions
from amplify.run.precheck.preflight import task_notes
from amplify.run.result import FinishedRun
from amplify.run.store.failure_reasons import reasons
from amplify.run.store.priors import write_priors
from amplify.run.store.record import make_record


def conclude_run(
    run: OpenRun,
    preparation: Preparation,
    prepared: Sequence[PreparedArm],
    questions: Questions,
    answers: Answers,
    left: Remaining | None,
    worth: PromptWorth | None,
    raced: Callable[[Conclusion], tuple[Conclusion, Mapping[str, Any]]] | None = None,
    attributions: AnswerAttributions | None = None,
) -> FinishedRun:
    """The finished run, whose record is written to the folder.

    `prepared` are the arms with their requests; `left` is what is still to be asked where the run
    was stopped. `worth` is that of the demonstrations of an arm (None: it was not measured),
    `attributions` are those of its answers (None: none were attributed). Where arms were raced,
    `raced` puts the verdict in the words of a tune, and gives the record's sections on that.
    """
    engine = run.engine
    conclusion = _conclusion(run, preparation, prepared, questions, answers)
    conclusion, sections = raced(conclusion) if raced else (conclusion, {})
    of_arms = all_draws(prepared)
    faithfulness = reports(of_arms)
    stop = engine.stop
    record = make_record(
        run.plan,
        run.task,
        engine.identity,
        run.now,
        preparation,
        questions.contrast,
        faithfulness,
        empty_words(of_arms, run.setup.scaffold),
        answers.tokens,
        conclusion,
        _notes(run, preparation, prepared, questions, answers, conclusion),
        reasons(answers.failures),
        None if stop is None else stop.message,
        answers.priors_of(run.arms),
        answers.second_calls,
        worth,
        attributions,
    )
    record |= sections
    write_priors(run.folder.path, answers.priors)
    run.folder.write_record(record)
    run.emit("finished", record=record)
    return FinishedRun(
        run.plan,
        run.task,
        run.folder.path,
        tuple(prepared),
        tuple(preparation.proxies),
        faithfulness,
        conclusion.scores,
        conclusion.comparisons,
        conclusion.prompts,
        conclusion.verdict,
        tuple(proxy.score for proxy in conclusion.proxies),
        record,
        engine.calls,
        engine.reused,
        engine.budget.spent,
        run.price.currency if run.price else None,
        stop,
        None if left is None else enough(engine.budget.caps, engine.budget.spent, left),
        len(answers.not_made),
        worth,
        attributions,
    )


def _conclusion(
    run: OpenRun,
    preparation: Preparation,
    prepared: Sequence[PreparedArm],
    questions: Questions,
    answers: Answers,
) -> Conclusion:
    plan, task, seed = run.plan, run.task, run.plan.run.seed
    return conclude(
        answers.by_draw(seed),
        questions.focus,
        questions.contrast,
        Demand(plan.verdict.min_gain, plan.verdict.max_p),
        seed,
        {arm.name for arm in run.arms if not arm.draws_demonstrations},
        answers.on_pool,
        task_classes(task),
        _of_proxies(preparation, task),
        plan.verdict.metric,
        shown_by_draw(prepared),
    )


def _of_proxies(preparation: Preparation, task: Task) -> dict[str, list[Prediction]]:
    """What each proxy says of the test items, by its name; nothing where an older folder has
    none."""
    if not preparation.on_test:
        return {}
    names = proxy_names([report.name for report in preparation.proxies])
    labels = {example.id: example.label for example in task.test}
    return {
        name: proxy_predictions(name, answers, labels)
        for name, answers in zip(names, preparation.on_test, strict=True)
    }


def _notes(
    run: OpenRun,
    preparation: Preparation,
    prepared: Sequence[PreparedArm],
    questions: Questions,
    answers: Answers,
    conclusion: Conclusion,
) -> list[str]:
    """What the record's readers have to know."""
    task, stop = run.task, run.engine.stop
    stopped = [] if stop is None else [f"{stop.message}: what was not asked is not scored"]
    return [
        *task_notes(run.plan, task, run.wiring.choices, run.arms),
        *label_notes(task, *each_draw(run.arms, prepared)[0]),
        *preparation.notes,
        *contrast_words(questions.contrast),
        *run.continuation.notes(),
        *answers.notes,
        *questions.choice.notes,
        *questions.few_orders,
        *repeated_draw_notes(prepared),
        *stopped,
        *unread_notes(answers, task),
        *second_call_notes(answers),
        *reading_notes(conclusion.scores, questions.focus.arm),
        *abstention_notes(conclusion.scores),
        *([] if stop is None else conclusion.paired_notes(len(task.test))),
    ]
