"""Execute a plan: one run, from the wired components to its record, hop by hop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

from amplify.contract.data import Event
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.answer.choose import choice_requests
from amplify.loop.answer.reading_differences import reading_notes
from amplify.loop.answer.score import abstention_notes
from amplify.loop.audit.contrast import contrast_of_draws, contrast_words
from amplify.loop.audit.empty_words import empty_words
from amplify.loop.audit.faithfulness import reports
from amplify.loop.audit.require_contrast import require_contrast
from amplify.loop.compare.classifier import proxy_predictions
from amplify.loop.compare.conclude import conclude
from amplify.loop.compare.demand import Demand
from amplify.loop.data.classes import task_classes
from amplify.loop.precheck.notes import label_notes
from amplify.loop.prepare import prepare_arms
from amplify.loop.prompt.draws import all_draws, each_draw
from amplify.loop.prompt.render import with_requests
from amplify.loop.prompt.repeats import repeat_notes, repeat_requests
from amplify.run.cost.raised_caps import enough
from amplify.run.engine.answer_arms import answer_arms
from amplify.run.engine.answers import Answers, second_call_notes, unread_notes
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.open_engine import check_provider, open_engine
from amplify.run.precheck.preflight import focus_of, preflight, task_notes
from amplify.run.result import Run
from amplify.run.store.beginning import Began
from amplify.run.store.failure_reasons import failures_of, reasons
from amplify.run.store.prepared import resumed_preparation, write_preparation
from amplify.run.store.record import make_record, versions
from amplify.run.store.rows import append_rows, prediction_row, write_prompts
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.repeats import check_samples
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


def execute(
    wiring: Wiring,
    folder: RunFolder,
    resume: bool = False,
    warn: Callable[[str], None] = lambda text: None,
    shared: Shared | None = None,
) -> Run:
    """Run the wired plan in the folder; with `resume`, finish what is there and repeat nothing.

    Every factory is built before the first call, and every arm's prompts are known to fit the
    model before its own first call. `warn` is told of observers that fail. `shared` holds what
    earlier runs of a study have left to this one.
    """
    shared = shared or Shared()
    emit = partial(_emit, wiring, warn)
    plan = wiring.plan
    folder.check(plan, resume)
    task = wiring.load_task()
    provider = shared.provider(wiring)
    variables = wiring.llm.component.env
    check_samples(plan, wiring.llm, wiring.choices, provider)
    price = check_provider(plan.calls, provider, wiring.context, variables, repr(plan.llm.options))
    room = ModelRoom(provider)
    with (
        folder.begun(plan, resume, warn),
        shared.journal(folder.journal) as journal,
        wiring.open_executor() as executor,
        open_engine(
            provider,
            journal,
            plan.calls,
            price,
            wiring.context.show,
            folder.batches,
            warn,
            variables,
            shared.begin(),
        ) as engine,
    ):
        now = Began.now(plan.llm, engine.identity, versions(wiring.plugins()))
        shared.identities.check(plan.llm, engine.identity, folder.path)
        continuation = folder.going_on(now, bool(journal.completions))
        arms = wiring.build_arms(task, engine.require, executor)
        emit("started", plan=plan.table(), folder=str(folder.path))
        ask = partial(engine.require, phase="survey the LLM's errors")
        setup = set_up(wiring, task, arms, ask, room, executor, shared)

        names = [arm.name for arm in arms]
        preparation = resumed_preparation(folder.path, names, setup.data) if resume else None
        if preparation is None:
            flight = preflight(plan, wiring.choices, setup)
            for note in flight.notes:
                warn(note)
            make_proxy = wiring.proxy_factories(task)
            preparation = prepare_arms(setup, make_proxy, flight.foreseen)
            continuation.prepared(engine.answered)
            write_preparation(folder.path, preparation)

        prepared = [
            with_requests(arm, draft, task)
            for arm, draft in zip(arms, preparation.arms, strict=True)
        ]
        continuation.prompted(write_prompts(folder.path, prepared))

        focus = focus_of(plan)
        contrast = contrast_of_draws(arms, prepared, focus.arm, focus.baseline)
        require_contrast(contrast, focus, plan.guards.alike)
        for sentence in contrast_words(contrast):
            warn(sentence)
        for arm in prepared:
            room.require(arm.name, arm.requests)
        choice = choice_requests(
            {focus.arm, focus.baseline} - contrast.one_draw.keys(),
            arms,
            prepared,
            task,
            room,
            plan.run.choose_on,
            plan.run.seed,
        )
        calibration = calibration_requests(setup, prepared, plan.run.calibrate_on, choice.items)
        for note in choice.notes:
            warn(note)
        emit("prepared", arms=names)

        answers = Answers(failures=failures_of(preparation.failures))
        requests = {
            arm.name: repeat_requests(arm, shown, task, plan.run.seed)
            for arm, shown in zip(arms, prepared, strict=True)
        }
        for name, by_repeat in requests.items():
            for of_repeat in by_repeat[1:]:
                room.require(name, of_repeat)
        flat = {name: list(chain(*by_repeat)) for name, by_repeat in requests.items()}
        few_orders = repeat_notes(arms, requests)
        for note in few_orders:
            warn(note)
        of_priors = {name: list(chain(*each.values())) for name, each in calibration.items()}
        every = list(chain(*of_priors.values(), *flat.values(), *choice.requests.values()))
        by_name = {arm.name: arm for arm in arms}
        for name, asked in of_priors.items():
            outcomes = engine.ask(asked, f"calibrate ({name})")
            answers.add_priors(by_name, calibration[name], outcomes, task)
        for name, outcomes in answer_arms(engine, flat):
            if engine.stop is not None and not journal.completions:
                raise engine.run_stopped(f"answer ({name})", every)
            if engine.answered:
                continuation.answered()
            read = answers.add(
                by_name[name],
                requests[name],
                outcomes,
                task,
                plan.run.parser,
                room,
                engine.ask,
            )
            append_rows(
                folder.path / "predictions.jsonl", map(prediction_row, read), first=name == names[0]
            )
            emit("predicted", arm=name, items=len(read))
        for name, of_arm in choice.requests.items():
            if answers.has_any(name) or engine.stop is not None:
                outcomes = engine.ask(of_arm, f"choose a draw ({name})")
                answers.add_choice(choice, name, outcomes, task, plan.run.parser)
        left = None
        if engine.stop is not None:
            left = engine.remaining([*every, *answers.not_made, *answers.may_follow])

    demand = Demand(plan.verdict.min_gain, plan.verdict.max_p)
    seed, draws_none = plan.run.seed, {a.name for a in arms if not a.draws_demonstrations}
    conclusion = conclude(
        answers.by_draw(seed),
        focus,
        contrast,
        demand,
        seed,
        draws_none,
        answers.on_pool,
        task_classes(task),
        {
            name: proxy_predictions(name, labels, task)
            for report, labels in zip(preparation.proxies, preparation.on_test, strict=False)
            for name in [f"proxy {report.name}"]
        },
        plan.verdict.metric,
    )
    of_arms = all_draws(prepared)
    faithfulness = reports(of_arms)
    stop = engine.stop
    notes = [
        *task_notes(plan, task, wiring.choices, arms),
        *label_notes(task, *each_draw(arms, prepared)[0]),
        *preparation.notes,
        *contrast_words(contrast),
        *continuation.notes(),
        *answers.notes,
        *choice.notes,
        *few_orders,
        *([] if stop is None else [f"{stop.message}: what was not asked is not scored"]),
        *unread_notes(answers, task),
        *second_call_notes(answers),
        *reading_notes(conclusion.scores, focus.arm),
        *abstention_notes(conclusion.scores),
        *([] if stop is None else conclusion.paired_notes(len(task.test))),
    ]
    record = make_record(
        plan,
        task,
        engine.identity,
        now,
        preparation,
        contrast,
        faithfulness,
        empty_words(of_arms, setup.scaffold),
        answers.tokens,
        conclusion,
        notes,
        reasons(answers.failures),
        None if stop is None else stop.message,
        answers.priors_of(arms),
        answers.second_calls,
    )
    folder.write_record(record)
    emit("finished", record=record)
    return Run(
        plan,
        task,
        folder.path,
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
        price.currency if price else None,
        stop,
        None if left is None else enough(engine.budget.caps, engine.budget.spent, left),
        len(answers.not_made),
    )


def _emit(wiring: Wiring, warn: Callable[[str], None], kind: Any, **data: Any) -> None:
    """Tell the observers; `warn` is told of those that fail."""
    for problem in wiring.host.emit(Event(kind, data)):
        warn(problem)
