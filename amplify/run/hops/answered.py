"""Asks the LLM what an open run has to ask, and reads the replies."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.calls import Failure
from amplify.run.cost.raised_caps import Remaining
from amplify.run.engine.answer_arms import answer_arms
from amplify.run.engine.answers import Answers
from amplify.run.hops.opened import OpenRun
from amplify.run.hops.questions import Questions
from amplify.run.store.failure_reasons import failures_of
from amplify.run.store.rows import append_rows, prediction_row


def answer_run(
    run: OpenRun, questions: Questions, failures: Sequence[Failure]
) -> tuple[Answers, Remaining | None]:
    """The answers of the arms, and what is still to be asked where the run was stopped.

    `failures` are those of the survey. Raises RunStopped where nothing at all was answered.
    """
    engine, task, parser = run.engine, run.task, run.plan.run.parser
    answers = Answers(failures=failures_of(failures))
    by_name = {arm.name: arm for arm in run.arms}
    first = next(iter(by_name))
    for name, requests in questions.of_priors.items():
        outcomes = engine.ask(requests, f"calibrate ({name})")
        answers.add_priors(by_name, questions.priors[name], outcomes, task)
    for name, outcomes in answer_arms(engine, questions.of_arms):
        if engine.stop is not None and not engine.journal.completions:
            raise engine.run_stopped(f"answer ({name})", questions.every, more=True)
        if engine.answered:
            run.continuation.answered()
        read = answers.add(
            by_name[name], questions.items[name], outcomes, task, parser, run.room, engine.ask
        )
        rows = map(prediction_row, read)
        append_rows(run.folder.path / "predictions.jsonl", rows, first=name == first)
        right = sum(prediction.correct for prediction in read)
        run.emit("predicted", arm=name, items=len(read), right=right)
    for name, of_arm in questions.choice.requests.items():
        if answers.has_any(name) or engine.stop is not None:
            outcomes = engine.ask(of_arm, f"choose a draw ({name})")
            answers.add_choice(questions.choice, name, outcomes, task, parser)
    if engine.stop is None:
        return answers, None
    still = [*questions.every, *answers.not_made, *answers.may_follow]
    return answers, engine.remaining(still)
