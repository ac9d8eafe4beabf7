"""Probe a plan: ask zero-shot and answer-only some pool items, and tell what a run would need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from amplify.contract.data import Example, Prediction
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.contract.provider import Provider
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.answer.choose import choice_items
from amplify.loop.compare.classifier import proxy_names, proxy_predictions
from amplify.loop.compare.headroom import Headroom, measure_headroom
from amplify.loop.prepare import draft_arm
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.setup import Setup
from amplify.loop.survey.label_errors import LabelErrors
from amplify.loop.survey.survey import Survey, looks_at_llm, survey_proxies
from amplify.run.cost.spent import Spent
from amplify.run.engine.answer_arms import answer_arms
from amplify.run.engine.answers import Answers
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.engine import Engine
from amplify.run.engine.open_engine import check_provider, open_engine, price_of
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.engine.unread_notes import unread_notes
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.presets import ARMS
from amplify.run.plan.read import resolve_plan
from amplify.run.store.failure_reasons import Reason, reasons
from amplify.run.store.journal import Journal
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring

PROBED = ("zero-shot", "answer-only")
"""The arms that a probe asks, by their names in the plan or in the presets."""


@dataclass(frozen=True)
class Probe:
    """What a probe of a plan saw: `headroom`, on so many `items` of the pool.

    `calls` counts the calls that were made, `reused` the requests that needed none, and `spent`
    what the calls took, in `currency` (None: their price is not known; empty: nothing is paid).
    `stopped` says why not all was asked, `failures` why calls failed. `kept` says that a later run
    finds the replies in the cache.
    """

    items: int
    headroom: Headroom
    calls: int
    reused: int
    spent: Spent
    currency: str | None
    kept: bool
    notes: tuple[str, ...] = ()
    stopped: str | None = None
    failures: tuple[Reason, ...] = ()


def plan_to_probe(plan: Plan) -> Plan:
    """The plan with those arms that a probe asks, as the presets have them where it has none.

    Focus and baseline stay; a preset that comes to it shows as many demonstrations as the focus.
    """
    missing = [name for name in PROBED if name not in {arm.name for arm in plan.arms}]
    if not missing:
        return plan
    table = plan.table()
    shots = next(arm.shots for arm in plan.arms if arm.name == plan.focus)
    presets: list[dict[str, Any]] = [{"name": name, **ARMS[name]} for name in missing]
    for preset in presets:
        if "selector" in preset and shots:
            preset["shots"] = shots
    table["arms"] = [*presets, *table["arms"]]
    table["run"]["focus"] = plan.focus
    if plan.baseline is not None:
        table["verdict"]["baseline"] = plan.baseline
    return resolve_plan(table, Overrides(), plan.run.base)


def probe(
    wiring: Wiring,
    provider: Provider,
    count: int,
    warn: Callable[[str], None] = lambda text: None,
) -> Probe:
    """Ask the arms of `PROBED` about at most `count` pool items, none of which they show.

    The items come in the order in which a run takes them to choose among draws, and each arm asks
    with its first draw: a run of the plan makes the same requests, and finds the replies of a
    service in the cache. No call is handed over in a batch.

    `wiring` is that of the plan by `plan_to_probe`, `provider` its LLM, which is closed at the end.
    `warn` is told of what a run tells too.
    """
    plan, context = wiring.plan, wiring.context
    task = wiring.load_task()
    remote = is_remote(provider)
    variables = wiring.llm.component.env
    price = check_provider(plan.calls, provider, context, variables, repr(plan.llm.options))
    if remote:
        price = price_of(plan.calls, provider.identity, context)
    with (
        TemporaryDirectory(prefix="amplify-probe-") as folder,
        Journal(Path(folder) / "calls.jsonl") as journal,
        wiring.open_executor() as executor,
        open_engine(
            provider, journal, plan.calls, price, context.show, None, warn, variables
        ) as engine,
    ):
        every = wiring.build_arms(task, engine.require, executor)
        room = ModelRoom(provider)
        setup = set_up(wiring, task, every, engine.require, room, executor, Shared())
        survey = _survey_without_test(setup, wiring)
        arms = [next(arm for arm in every if arm.plan_name == name) for name in PROBED]
        prepared = [_prepared(setup, arm, survey) for arm in arms]
        pairs = list(zip(arms, prepared, strict=True))
        items = choice_items(pairs, task, room, count, plan.run.seed)
        if not items:
            raise PlanError(
                "no pool item is left to probe that answer-only does not show",
                where="--probe",
                hint="enlarge [split] pool",
            )
        answers, by_arm = _ask(engine, setup, pairs, items, plan)
    stop = engine.stop
    return Probe(
        len(items),
        measure_headroom(
            by_arm, _of_proxies(setup, survey, items), _label_errors(setup, survey), plan.run.seed
        ),
        engine.calls,
        engine.reused,
        engine.budget.spent,
        price.currency if price else None,
        remote and plan.calls.cache,
        (*_notes(arms, items, count), *answers.notes, *unread_notes(answers, task)),
        None if stop is None else stop.message,
        tuple(reasons(answers.failures)),
    )


def _survey_without_test(setup: Setup, wiring: Wiring) -> Survey:
    """The pool as the plan's proxies score it; no test item is shown to any."""
    untested = replace(setup, task=replace(setup.task, test=()))
    return survey_proxies(untested, wiring.proxy_factories(setup.task))


def _prepared(setup: Setup, arm: Arm, survey: Survey) -> PreparedArm:
    """The arm with its demonstrations; PlanError where the LLM would have to be asked for them."""
    asks = looks_at_llm(arm, setup.method) or arm.asking or arm.selector_asks
    if asks or arm.per_item:
        needs = "chooses its demonstrations for each test item" if arm.per_item else "asks the LLM"
        raise PlanError(
            f"a probe cannot ask with it: it {needs} before it is answered",
            where=f"arm {arm.plan_name!r}",
            hint="probe a plan whose answer-only draws demonstrations at random",
        )
    return draft_arm(setup, arm, survey).prepared


def _ask(
    engine: Engine,
    setup: Setup,
    pairs: Sequence[tuple[Arm, PreparedArm]],
    items: Sequence[Example],
    plan: Plan,
) -> tuple[Answers, dict[str, list[Prediction]]]:
    """The answers of the arms to the items, by the plan's name of the arm; RunStopped for none."""
    task, answers = setup.task, Answers()
    by_name = {arm.name: arm for arm, _ in pairs}
    of_pairs = replace(setup, arms=[arm for arm, _ in pairs])
    calibration = calibration_requests(
        of_pairs, [shown for _, shown in pairs], plan.run.calibrate_on, items
    )
    requests = {arm.name: render(arm, shown, items, task.labels) for arm, shown in pairs}
    for name, of_draws in calibration.items():
        outcomes = engine.ask(list(chain(*of_draws.values())), f"calibrate ({name})")
        answers.add_priors(by_name, of_draws, outcomes, task)
    read: dict[str, list[Prediction]] = {}
    probed = replace(task, test=tuple(items))
    for name, outcomes in answer_arms(engine, requests):
        if engine.stop is not None and not engine.answered:
            raise engine.run_stopped("probe", list(chain(*requests.values())))
        arm = by_name[name]
        # A probe makes no second call, and asks each item once.
        asked_once = replace(arm, unread="count", repeats=1)
        read[arm.plan_name] = answers.add(
            asked_once,
            (tuple(requests[name]),),
            outcomes,
            probed,
            plan.run.parser,
            setup.room,
            engine.ask,
        )
    return answers, read


def _of_proxies(
    setup: Setup, survey: Survey, items: Sequence[Example]
) -> Mapping[str, list[Prediction]]:
    """What each proxy, which never saw them, says of the items that it could score."""
    titles = {arm.proxy: arm.proxy_title for arm in setup.arms}
    names = proxy_names([titles[digest] for digest in survey.proxies])
    labels = {example.id: example.label for example in items}
    return {
        name: proxy_predictions(name, {i: s.best for i, s in scores.scores.items()}, labels)
        for name, scores in zip(names, survey.proxies.values(), strict=True)
    }


def _label_errors(setup: Setup, survey: Survey) -> LabelErrors | None:
    """What the first proxy tells of the pool's labels; None where no arm needs a proxy."""
    titles = {arm.proxy: arm.proxy_title for arm in setup.arms}
    for digest, scores in survey.proxies.items():
        return scores.label_errors.of_run(titles[digest], ())
    return None


def _notes(arms: Sequence[Arm], items: Sequence[Example], count: int) -> list[str]:
    """What to know of how the probe asked."""
    notes = []
    if len(items) < count:
        notes.append(
            f"the probe asks {counted(len(items), 'item')} in place of {count:,}: the pool has"
            " no more that"
            " answer-only does not show and that the model has room for"
        )
    notes += [
        f"arm {arm.plan_name}: the probe asks each item once, a run {counted(arm.repeats, 'time')}"
        for arm in arms
        if arm.repeats > 1
    ]
    notes += [
        f"arm {arm.plan_name}: the probe counts unread replies, a run asks for them again"
        for arm in arms
        if arm.unread == "ask"
    ]
    return notes
