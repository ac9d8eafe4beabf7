"""Prepare: survey the pool on demand, then select, explain and write each arm's demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol

from amplify.contract.data import Completion, Example, Request, Selection, Task
from amplify.contract.errors import PlanError, ProviderError
from amplify.contract.progress import Progress
from amplify.contract.roles import Ask, Proxy
from amplify.loop.arms import Arm, Prepared, prompts
from amplify.loop.explain import demonstrate, explain
from amplify.loop.keywords import scaffold
from amplify.loop.parse import matches, parse
from amplify.loop.split import text_key
from amplify.loop.survey import (
    ErrorSource,
    ProxyReport,
    ProxySurvey,
    candidates,
    report_proxy,
    survey_proxy,
)

MOST_SHOTS = 32
"""What `shots = "max"` takes at most."""


class Room(Protocol):
    """Whether an arm's prompts over these items fit the model's context."""

    def fits(self, arm: Arm, prepared: Prepared, items: Sequence[Example]) -> bool: ...

    def require(self, arm: Arm, prepared: Prepared, items: Sequence[Example]) -> None: ...


@dataclass(frozen=True)
class Survey:
    """How the pool is surveyed: with which arm's prompt the LLM is asked, what counts as error."""

    arm: str | None
    errors: ErrorSource
    folds: int = 0
    parser: str = "default"


class Preparation:
    """Prepares the arms of a run; each survey is made on demand, and once."""

    def __init__(
        self,
        task: Task,
        arms: Sequence[Arm],
        survey: Survey,
        make_proxy: Mapping[str, Callable[[], Proxy]],
        ask: Ask,
        room: Room,
        seed: int,
        executor: Executor,
        show: Progress,
    ) -> None:
        self.task = task
        self.arms = arms
        self.survey = survey
        self.make_proxy = make_proxy
        self.ask = ask
        self.room = room
        self.seed = seed
        self.executor = executor
        self.show = show
        self.scaffolding = scaffold((*task.train, *task.pool))
        self.answers: dict[str, str | None] | None = None
        self.wrong: dict[str, bool] = {}
        self.reports: list[ProxyReport] = []
        self.notes: list[str] = []
        self._proxies: dict[str, ProxySurvey] = {}
        self._prepared: dict[str, Prepared] = {}

    def all(self) -> list[Prepared]:
        """Every arm prepared, in order; the proxies are reported on."""
        made = [self.prepare(arm) for arm in self.arms]
        self.reports = [
            report_proxy(name, found, self.task, self.answers or {})
            for name, found in self._proxies.items()
        ]
        return made

    def counts(self) -> dict[str, Any]:
        """What the survey did, for the record: who was asked, and how many erred."""
        asked = self.answers is not None
        return {
            "arm": self.survey.arm if asked else None,
            "errors": self.survey.errors,
            "asked": len(self.answers or {}) if asked else 0,
            "wrong": sum(self.wrong.values()),
        }

    def prepare(self, arm: Arm) -> Prepared:
        """One arm's instruction and demonstrations; made once."""
        if arm.name not in self._prepared:
            self._prepared[arm.name] = self._prepare(arm)
        return self._prepared[arm.name]

    def _prepare(self, arm: Arm) -> Prepared:
        if arm.selector is None or arm.shots == 0:
            return Prepared(arm.name, self.task.instruction, ())
        proxy = self._proxy(arm) if arm.needs_proxy else None
        if arm.needs_errors and self.survey.errors in ("llm", "both"):
            self._ask_pool()
        errors = self.survey.errors if arm.needs_errors else "none"
        pool = candidates(self.task.pool, proxy, self.answers or {}, self.wrong, errors)
        wanted = MOST_SHOTS if arm.shots == "max" else arm.shots
        selection = arm.selector.select(pool, wanted, ())
        prepared = self._write(arm, selection, proxy)
        items = (*self.task.test, *self.task.pool)
        while arm.shots == "max" and selection.shots and not self.room.fits(arm, prepared, items):
            selection = Selection(selection.shots[:-1], selection.instruction, selection.notes)
            prepared = self._write(arm, selection, proxy)
        return prepared

    def _write(self, arm: Arm, selection: Selection, proxy: ProxySurvey | None) -> Prepared:
        found = None
        notes = list(selection.notes)
        if arm.explainer is not None:
            with self.show(f"explain ({arm.name})", len(selection.shots)) as advance:
                found = explain(selection.shots, arm.explainer, proxy)
                advance(len(found))
        demonstrations = demonstrate(
            selection.shots, found, arm.template, arm.keywords, arm.mask, self.scaffolding
        )
        if found is not None:
            bare = sum(
                not d.words and not e.text for d, e in zip(demonstrations, found, strict=True)
            )
            short = sum(0 < len(d.words) < arm.keywords for d in demonstrations)
            lost = sum(e.unscored for e in found)
            if bare:
                notes.append(f"{bare} demonstrations have no word that speaks for their label")
            if short:
                notes.append(
                    f"{short} demonstrations have fewer than {arm.keywords} words that speak for"
                    " their label"
                )
            if lost:
                notes.append(f"{lost} words of too long inputs went unscored")
        instruction = (
            self.task.instruction if selection.instruction is None else selection.instruction
        )
        return Prepared(arm.name, instruction, tuple(demonstrations), tuple(notes))

    def _proxy(self, arm: Arm) -> ProxySurvey:
        if arm.proxy not in self._proxies:
            self._proxies[arm.proxy] = survey_proxy(
                self.make_proxy[arm.proxy],
                self.task,
                self.survey.folds,
                self.seed,
                self.executor,
                self.show,
            )
        return self._proxies[arm.proxy]

    def _ask_pool(self) -> None:
        """Ask the LLM for the pool with the survey arm's prompt, not for items that it shows."""
        if self.answers is not None:
            return
        arm = next((a for a in self.arms if a.name == self.survey.arm), None)
        if arm is None or arm.needs_errors:
            raise PlanError(
                f"the survey cannot ask with arm {self.survey.arm!r}:"
                + (" its own selector needs the survey" if arm else " no arm has that name"),
                where="[survey] arm",
                hint="name an arm whose selector needs no errors, for instance answer-only",
            )
        prepared = self.prepare(arm)
        shown = {text_key(d.example) for d in prepared.demonstrations}
        items = [e for e in self.task.pool if text_key(e) not in shown]
        self.room.require(arm, prepared, items)
        requests = [
            Request(p, arm.name, item.id, arm.template.max_tokens, arm.template.stop)
            for p, item in zip(prompts(arm, prepared, items), items, strict=True)
        ]
        outcomes = self.ask(requests)
        self.answers = {}
        for item, outcome in zip(items, outcomes, strict=True):
            if isinstance(outcome, Completion):
                labels = item.labels(self.task.labels)
                answer = parse(outcome.text, labels, self.survey.parser, arm.reasoned)
                self.answers[item.id] = answer
                self.wrong[item.id] = not matches(answer, item.label)
        missing = len(items) - len(self.answers)
        if items and not self.answers:
            reason = next(o.message for o in outcomes if not isinstance(o, Completion))
            raise ProviderError(
                f"the LLM answered none of the {len(items)} pool items: {reason}",
                where="survey",
                hint='without the LLM\'s errors, say [survey] errors = "proxy"',
            )
        if missing:
            self.notes.append(f"survey: {missing} of {len(items)} pool items got no answer")
        if hidden := len(self.task.pool) - len(items):
            self.notes.append(
                f"survey: {hidden} pool items stand in the survey's own prompt and were not asked"
            )
