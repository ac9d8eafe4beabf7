"""Reads a finished run back from its folder, so that it is shown again and nothing is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.data import Event, Task
from amplify.contract.errors import DataError
from amplify.loop.answer.score import ArmScore
from amplify.loop.audit.faithfulness import reports
from amplify.loop.compare.classifier import proxy_names
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.verdict import Verdict
from amplify.loop.data.digest import task_digest
from amplify.loop.data.set_apart import set_apart
from amplify.loop.prepare import Preparation
from amplify.loop.prompt.arm import PreparedArm, drawn_name
from amplify.loop.prompt.draws import all_draws
from amplify.loop.worth.answer_attribution import AnswerAttributions
from amplify.loop.worth.prompt_worth import PromptWorth
from amplify.run.cost.spent import Spent
from amplify.run.engine.open_engine import price_of
from amplify.run.hops.opened import Warn
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import read_plan
from amplify.run.result import FinishedRun
from amplify.run.store.beginning import read_began
from amplify.run.store.journal import Journal
from amplify.run.store.prepared import resumed_preparation, stored_names
from amplify.run.store.record import failed_calls
from amplify.run.store.run_folder import RunFolder
from amplify.run.store.stored_run import read_record
from amplify.run.store.versions import versions
from amplify.run.wiring.wire import Wiring

FILES = (
    *("plan.toml", "began.json", "prepared.json", "demonstrations.jsonl", "prompts.jsonl"),
    *("calls.jsonl", "predictions.jsonl", "record.json"),
)
"""What the folder of a finished run holds, the record last."""


def finished_run(wiring: Wiring, folder: RunFolder, warn: Warn) -> FinishedRun | None:
    """The run of the wired plan that has finished in the folder; None where more is to be done.

    No provider, proxy or explainer is built. Data, journal and preparation are checked as where a
    run goes on, and observers are told of the run once more. More is to be done where calls failed
    or were not made, a file was written after the record, the plan asks for another verdict or
    worth, or versions are other ones by now.
    """
    folder.check(wiring.plan, resume=True)
    if not _is_untouched(folder.path):
        return None
    with folder.begun(wiring.plan, True, warn):
        try:
            record = read_record(folder.path)
            whole = _is_whole(record, wiring, folder)
        except (DataError, KeyError, TypeError, AttributeError):
            return None  # what damage means is told by the run that goes on
        if not whole:
            return None
        asked, task = _tasks(wiring)
        names = stored_names(folder.path)
        preparation = resumed_preparation(folder.path, names, task_digest(asked))
        if preparation is None:
            return None
        with Journal(folder.journal) as journal:
            spent, currency = _spent(wiring, journal, record)
    try:
        run = _run(wiring.plan, task, folder, preparation, record, spent, currency)
    except (msgspec.ValidationError, KeyError):
        return None  # the record of an earlier version
    ended = Event("finished", {"record": record})
    for problem in (*wiring.begin(folder.path), *wiring.emit(ended)):
        warn(problem)
    return run


def _is_untouched(folder: Path) -> bool:
    """Whether the folder holds all files of a run, and none was written after its record."""
    paths = [folder / name for name in FILES]
    if not all(path.exists() for path in paths):
        return False
    times = [path.stat().st_mtime_ns for path in paths]
    return max(times) == times[-1]


def _is_whole(record: Mapping[str, Any], wiring: Wiring, folder: RunFolder) -> bool:
    """Whether the record holds all that the plan asks for, made by what is installed now."""
    plan, began = wiring.plan, read_began(folder.path)
    stored = read_plan(folder.path / "plan.toml")
    demand, asked = record["verdict"]["demand"], plan.verdict
    demanded = (None, None) if demand is None else (demand["min_gain"], demand["max_p"])
    metrics = {comparison["metric"] for comparison in record["comparisons"]}
    baseline = record.get("race", record["verdict"])["baseline"]
    return (
        record["stopped"] is None
        and not failed_calls(record)
        and began is not None
        and began.versions == versions(wiring.plugins())
        and stored.worth == plan.worth
        and (not plan.worth.items or "worth" in record)
        and (not plan.worth.attributes or "attributions" in record)
        and baseline in (plan.baseline, drawn_name(str(plan.baseline), 1))
        and demanded == (asked.min_gain, asked.max_p)
        and metrics <= {asked.metric}
        and ("race" in record) == (plan.tune is not None)
    )


def _tasks(wiring: Wiring) -> tuple[Task, Task]:
    """The task whose arms were prepared, and the one whose items were the test."""
    task, plan = wiring.load_task(), wiring.plan
    if plan.tune is None:
        return task, task
    seed = plan.run.seed if plan.split.seed is None else plan.split.seed
    apart, validation = set_apart(task, plan.tune.validation, seed)
    return replace(apart, test=(*validation, *task.test)), replace(apart, test=task.test)


def _spent(wiring: Wiring, journal: Journal, record: Mapping[str, Any]) -> tuple[Spent, str | None]:
    """What the calls took, and in which currency, as of `FinishedRun`."""
    price = None
    if wiring.plan.calls.prices:
        price = price_of(wiring.plan.calls, record["provider"], wiring.context)
    spent = journal.spent_at(price)
    unpriced = None if spent.unpriced else ""
    return spent, price.currency if price is not None else unpriced


def _run(
    plan: Plan,
    task: Task,
    folder: RunFolder,
    preparation: Preparation,
    record: Mapping[str, Any],
    spent: Spent,
    currency: str | None,
) -> FinishedRun:
    """The run as its record and its preparation tell of it."""
    prepared = _finalists(preparation.arms, record) if "race" in record else preparation.arms
    prompts, worth = record["prompts"], record.get("worth")
    attributions = record.get("attributions")
    return FinishedRun(
        plan,
        task,
        folder.path,
        tuple(prepared),
        tuple(preparation.proxies),
        reports(all_draws(prepared)),
        msgspec.convert(record["arms"], tuple[ArmScore, ...]),
        msgspec.convert(record["comparisons"], tuple[Comparison, ...]),
        None if prompts is None else msgspec.convert(prompts, Comparison),
        msgspec.convert(record["verdict"], Verdict),
        tuple(_proxy_scores(record)),
        dict(record),
        calls=0,
        reused=0,
        spent=spent,
        currency=currency,
        worth=None if worth is None else msgspec.convert(worth, PromptWorth),
        attributions=None
        if attributions is None
        else msgspec.convert(attributions, AnswerAttributions),
    )


def _finalists(prepared: Sequence[PreparedArm], record: Mapping[str, Any]) -> list[PreparedArm]:
    """The prompts that were tested after a race, each as an arm of its own."""
    by_name = {arm.name: replace(arm, draw=0) for arm in prepared}
    return [by_name[score["name"]] for score in record["race"]["scores"]]


def _proxy_scores(record: Mapping[str, Any]) -> list[ArmScore]:
    """The results of the proxies themselves on the test items."""
    names = proxy_names([proxy["name"] for proxy in record["proxies"]])
    rest = {"unparsed": 0, "errors": 0, "prepared": 0}
    return [
        msgspec.convert({"name": name, **rest, "answers": test["items"], **test}, ArmScore)
        for name, proxy in zip(names, record["proxies"], strict=True)
        if (test := proxy.get("test")) is not None
    ]
