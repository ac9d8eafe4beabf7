"""Execute: one run from its plan to its record."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Event, Prediction, Task
from amplify.contract.errors import DataError
from amplify.loop.answer.answer import predictions, requests
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.audit.contrast import Contrast, contrast_words, find_contrast
from amplify.loop.audit.require_contrast import require_contrast
from amplify.loop.compare.compare import Comparison, adjust, compare
from amplify.loop.compare.verdict import Demand, Verdict, reach_verdict
from amplify.loop.precheck.notes import label_notes
from amplify.loop.prepare import Preparation
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.survey.proxy import ProxyReport
from amplify.run.cost.raised_caps import enough
from amplify.run.cost.spent import Spent
from amplify.run.engine.answer_order import answered, paired_note
from amplify.run.engine.engine import Outcome
from amplify.run.engine.open_engine import check_provider, open_engine
from amplify.run.engine.stop_reason import StopReason
from amplify.run.plan.plan import Plan
from amplify.run.precheck.context_room import ModelRoom
from amplify.run.precheck.preflight import focus_of, preflight, task_notes
from amplify.run.store.beginning import Began, write_began
from amplify.run.store.failure_reasons import failures_of, reasons
from amplify.run.store.record import (
    count_tokens,
    empty_words_of,
    faithfulness_of,
    make_record,
    token_notes,
    versions,
)
from amplify.run.store.run_folder import Preparing, RunFolder
from amplify.run.wiring.preparing import digest_of, preparing
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


@dataclass(frozen=True)
class Run:
    """A finished run, for a report: what was prepared, predicted, scored and compared.

    `stop` says why it asked no more before all was answered; `spent` what its calls took so far,
    `currency` in what (None: their price is not known; empty: nothing is to be paid). `enough`
    holds keys of `[calls]` with the values of its caps that let it go on to its end.
    """

    plan: Plan
    task: Task
    folder: Path
    prepared: tuple[PreparedArm, ...]
    proxies: tuple[ProxyReport, ...]
    scores: tuple[ArmScore, ...]
    comparisons: tuple[Comparison, ...]
    verdict: Verdict
    record: dict[str, Any]
    calls: int
    reused: int
    spent: Spent
    currency: str | None = None
    stop: StopReason | None = None
    enough: Mapping[str, float] | None = None

    @property
    def failed(self) -> int:
        """How many items, those of the survey included, have no answer as their call failed."""
        failed: int = self.record["survey"]["failed"]
        return failed + sum(score.errors for score in self.scores)


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

    def emit(kind: Any, **data: Any) -> None:
        for problem in wiring.host.emit(Event(kind, data)):
            warn(problem)

    plan = wiring.plan
    folder.check(plan, resume)
    task = wiring.load_task()
    provider = shared.provider(wiring)
    reads, said = wiring.llm.component.env, repr(plan.llm.options)
    price = check_provider(plan.calls, provider, wiring.context, reads, said)
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
            reads,
            shared.begin(),
        ) as engine,
    ):
        now = Began.now(plan.llm, engine.identity, versions(wiring.plugins()))
        shared.identities.check(plan.llm, engine.identity, folder.path)
        began = folder.went_on_from(now, bool(journal.completions))
        failed: list[Failure] = []

        def survey(requests: Sequence[Request]) -> list[Outcome]:
            outcomes = engine.require(requests, "survey the LLM's errors")
            failed.extend(failures_of(outcomes))
            return outcomes

        arms = wiring.build_arms(task, engine.require, executor)
        emit("started", plan=plan.table(), folder=str(folder.path))
        kept = folder.read_prepared([arm.name for arm in arms]) if resume else None
        if kept is not None and kept.data != digest_of(task):
            raise DataError(
                "the data is not what the run began with",
                where=str(folder.path),
                hint="bring the old data back, or begin anew with another --out",
            )
        # A survey with failed calls is made again: its answered calls are in the journal.
        if kept is None or kept.survey["failed"]:
            preparation = preparing(wiring, task, arms, survey, room, executor, shared)
            for told in preflight(plan, wiring.choices, preparation).notes:
                warn(told)
            preparation.make_proxy = wiring.proxy_factories(task)
            kept = _prepare(preparation)
            began.answered = began.answered or engine.answered
            began.prompts = {}
            write_began(folder.path, began)
            folder.write_prepared(kept)
        for arm, made in zip(arms, kept.arms, strict=True):
            room.require(arm, made, task.test)
        asked = {
            arm.name: requests(arm, made, list(task.test), task.labels)
            for arm, made in zip(arms, kept.arms, strict=True)
        }
        digests = now.prompts = _write_prompts(folder, asked)
        if not began.prompts:
            began.prompts = digests
            write_began(folder.path, began)
        contrast = find_contrast(arms, kept.arms, asked, plan.focus, plan.baseline)
        require_contrast(contrast, focus_of(plan), plan.guards.alike)
        for told in contrast_words(contrast):
            warn(told)
        emit("prepared", arms=[arm.name for arm in arms])
        found: dict[str, list[Prediction]] = {}
        tokens, notes = {}, task_notes(plan, task, wiring.choices)
        notes += [*label_notes(task, arms, kept.arms), *kept.notes, *contrast_words(contrast)]
        notes += began.notes(now)
        every = [request for requests in asked.values() for request in requests]
        of_name = {arm.name: arm for arm in arms}
        for name, replies in answered(engine, asked):
            arm = of_name[name]
            if engine.stop is not None and not journal.completions:
                raise engine.run_stopped(f"answer ({arm.name})", every)
            if engine.answered and not began.answered:
                began.answered = True
                write_began(folder.path, began)
            found[arm.name] = predictions(arm, task.test, replies, task.labels, plan.run.parser)
            failed += failures_of(replies, found[arm.name])
            tokens[arm.name] = count_tokens(replies)
            notes += reply_notes(arm.name, replies)
            answers = sum(isinstance(reply, Completion) for reply in replies)
            notes += token_notes(arm.name, tokens[arm.name], answers)
            rows = (asdict(prediction) for prediction in found[arm.name])
            folder.append_rows("predictions.jsonl", rows, first=len(found) == 1)
            emit("predicted", arm=arm.name, items=len(replies))
        left = engine.remaining(every) if engine.stop is not None else None
    if engine.stop is not None:
        notes.append(f"{engine.stop.message}: what was not asked is not scored")
    scores = [score_arm(arm.name, found[arm.name]) for arm in arms]
    notes += [note for arm in arms if (note := unread_note(found[arm.name], task))]
    comparisons = compare_arms(plan, scores, found, contrast)
    if engine.stop is not None:
        notes += paired_note(comparisons, len(task.test))
    demand = Demand(plan.verdict.min_gain, plan.verdict.max_p)
    errors = sum(score.errors for score in scores)
    verdict = reach_verdict(
        plan.focus, plan.baseline, plan.controls, comparisons, demand, errors, contrast
    )
    record = make_record(
        plan,
        task,
        wiring.plugins(),
        engine.identity,
        scores,
        comparisons,
        verdict,
        kept.proxies,
        digests,
        tokens,
        notes,
        kept.survey,
        faithfulness_of(kept.arms),
        empty_words_of(kept.arms, task),
        engine.stop.message if engine.stop is not None else None,
        contrast,
        reasons(failed),
    )
    folder.write_record(record)
    emit("finished", record=record)
    return Run(
        plan,
        task,
        folder.path,
        tuple(kept.arms),
        tuple(kept.proxies),
        tuple(scores),
        tuple(comparisons),
        verdict,
        record,
        engine.calls,
        engine.reused,
        engine.budget.spent,
        price.currency if price else None,
        engine.stop,
        None if left is None else enough(engine.budget.caps, engine.budget.spent, left),
    )


def _prepare(preparation: Preparation) -> Preparing:
    made = preparation.all()
    return Preparing(
        made,
        preparation.reports,
        preparation.notes,
        preparation.counts(),
        digest_of(preparation.task),
        work=preparation.work,
    )


def _write_prompts(folder: RunFolder, asked: Mapping[str, Sequence[Request]]) -> dict[str, str]:
    """Write every prompt down; by arm, a digest of its prompts and what identifies their items."""
    rows, digests = [], {}
    for arm, made in asked.items():
        told = [
            {"item": request.item, "messages": [asdict(m) for m in request.prompt.messages]}
            for request in made
        ]
        rows += [{"arm": arm, **row} for row in told]
        digests[arm] = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    folder.write_rows("prompts.jsonl", rows)
    return digests


def unread_note(answers: Sequence[Prediction], task: Task) -> str | None:
    """A note where a third of an arm's replies or more could not be read, with one of them."""
    unread = [one for one in answers if one.status == "unparsed"]
    if not unread or 3 * len(unread) < len(answers):
        return None
    reply = unread[0].reply[:60]
    hint = "" if task.instruction else "; the task has no instruction: see [task] instruction"
    told = f"{len(unread)} of {len(answers)} replies could not be read, for instance {reply!r}"
    return f"arm {unread[0].arm}: {told}{hint}"


def reply_notes(arm: str, outcomes: Sequence[Outcome]) -> list[str]:
    """What the provider said of its replies, counted: that they were replayed by item, say."""
    counts = Counter(o.note for o in outcomes if isinstance(o, Completion) and o.note)
    return [f"arm {arm}: {count} replies {note}" for note, count in counts.items()]


def compare_arms(
    plan: Plan,
    scores: Sequence[ArmScore],
    found: dict[str, list[Prediction]],
    contrast: Contrast,
) -> list[Comparison]:
    """The focus arm against every other; while it has no answers, the others against a baseline.

    They are one family: p-values are adjusted over all of them. Arms that ask the very same are
    not compared: their difference is 0 whatever the LLM answers.
    """
    scored = [score.name for score in scores if score.items]
    if plan.focus in scored:
        family = f"{plan.focus} against every other arm"
        pairs = [(plan.focus, other) for other in scored if other != plan.focus]
    else:
        base = plan.baseline if plan.baseline in scored else next(iter(scored), "")
        family = f"every arm against {base}"
        pairs = [(other, base) for other in scored if other != base]
    pairs = [(a, b) for a, b in pairs if not contrast.identical(a, b)]
    made = (compare(a, b, found[a], found[b], plan.run.seed) for a, b in pairs)
    return adjust(family, [comparison for comparison in made if comparison is not None])
