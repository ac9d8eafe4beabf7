"""Prepare: survey the pool on demand, then select, explain and write each arm's demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from amplify.contract.context import Ask
from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError
from amplify.contract.explainer import Explainer, Explanation
from amplify.contract.progress import Progress
from amplify.contract.proxy import Proxy
from amplify.contract.selector import Candidate, Selection, Shot
from amplify.loop.audit.leakage import LeakGuard, Policy
from amplify.loop.audit.measure_arms import measure_arms
from amplify.loop.checked.selector import SelectorDoor
from amplify.loop.checked.unlabelled import all_unlabelled
from amplify.loop.data.twins import text_key
from amplify.loop.explain.explain import demonstrate, explain, word_notes
from amplify.loop.explain.keywords import scaffold
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.fixed_text import said
from amplify.loop.select.gather import gather
from amplify.loop.select.score_drops import with_drops
from amplify.loop.survey.label_errors import suspect_note, suspects
from amplify.loop.survey.llm import PoolAnswers, ask_pool, survey_arm
from amplify.loop.survey.proxy import (
    ErrorSource,
    ProxyReport,
    ProxySurvey,
    candidates,
    report_proxy,
    survey_proxy,
)
from amplify.loop.work import Work

MOST_SHOTS = 32
"""What `shots = "max"` takes at most."""


def nothing_found(arm: Arm, task: Task) -> PlanError:
    """The error of an arm that has nothing to show."""
    return PlanError(
        "its selector found no demonstrations",
        where=f"arm {arm.name!r}",
        hint=f"the pool has {len(task.pool)} items; see [split] pool",
    )


class Room(Protocol):
    """Whether an arm's prompts over these items fit the model's context."""

    def fits(self, arm: Arm, prepared: PreparedArm, items: Sequence[Example]) -> bool: ...

    def require(self, arm: Arm, prepared: PreparedArm, items: Sequence[Example]) -> None: ...


@dataclass(frozen=True)
class Survey:
    """How the pool is surveyed: with which arm's prompt the LLM is asked, what counts as error.

    `faithfulness` says that of every explanation is to be measured, by the proxy that it explains.
    """

    arm: str | None
    errors: ErrorSource
    folds: int = 0
    parser: str = "default"
    faithfulness: bool = True
    leaks: Policy = "refuse"


@dataclass
class Known:
    """What proxies made of a task: their surveys by digest, and explanations by proxy, explainer
    and whether they speak for a wrong label. Runs over the same splits and seed may share it.
    """

    proxies: dict[str, ProxySurvey] = field(default_factory=dict)
    explained: dict[tuple[str, str, bool], dict[Example, Explanation]] = field(default_factory=dict)


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
        known: Known | None = None,
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
        self.guard = LeakGuard(task, survey.leaks)
        self.scaffolding = scaffold((*task.train, *task.pool))
        self.reports: list[ProxyReport] = []
        self.notes: list[str] = []
        self.work: dict[str, Work] = {arm.name: Work() for arm in arms}
        self._known = known or Known()
        self._answers: PoolAnswers | None = None
        self._proxies: dict[str, ProxySurvey] = {}
        self._prepared: dict[str, PreparedArm] = {}
        self._explanations: dict[str, Sequence[Explanation]] = {}

    def all(self) -> list[PreparedArm]:
        """Every arm prepared, in order; the proxies are reported on."""
        made = [self.prepare(arm) for arm in self.arms]
        self.notes += self.guard.notes
        self._tell_suspects(made)
        titles = {arm.proxy: arm.proxy_title for arm in self.arms}
        self.reports = [
            report_proxy(titles[digest], survey, self.task, self._found.answers)
            for digest, survey in self._proxies.items()
        ]
        return self._judged(made) if self.survey.faithfulness else made

    @property
    def _found(self) -> PoolAnswers:
        """What the LLM was found to say of the pool so far."""
        return self._answers or PoolAnswers()

    def counts(self) -> dict[str, Any]:
        """What the survey did, for the record: who was asked, and how many erred."""
        looked = any(arm.needs_errors and arm.shots for arm in self.arms)
        return {
            "arm": self.survey.arm if self._answers is not None else None,
            "errors": self.survey.errors if looked else None,
            "asked": len(self._found.answers),
            "wrong": sum(self._found.wrong.values()),
            "failed": self._found.failed,
        }

    def prepare(self, arm: Arm) -> PreparedArm:
        """One arm's instruction and demonstrations; made once."""
        if arm.name not in self._prepared:
            prepared = self._prepared[arm.name] = self._prepare(arm)
            self.guard.check_text(arm.name, said(arm, prepared, self.task.test))
        return self._prepared[arm.name]

    def _prepare(self, arm: Arm) -> PreparedArm:
        if arm.selector is None or arm.shots == 0:
            return PreparedArm(arm.name, self.task.instruction, ())
        # The fit comes first: what a proxy refuses is known before the survey is paid for.
        proxy = self._proxy(arm) if arm.needs_proxy else None
        if self.surveys(arm):
            asked = self._asked()
            self.work[arm.name].surveyed = len(asked.answers) + asked.failed
        errors = self.survey.errors if arm.needs_errors else "none"
        found = self._found
        pool = candidates(self.task.pool, proxy, found.answers, found.wrong, errors)
        if (ranker := arm.ranker) is not None and proxy is not None:
            pool = with_drops(
                pool,
                lambda shots: self._explain(arm, ranker, arm.ranked_by, shots, proxy),
                proxy,
                arm.keywords,
                self.show,
            )
        selection, chosen = self.select(arm, pool)
        self.guard.check_shown(arm.name, [shot.example for shot in selection.shots])
        explanations = None
        if arm.explainer is not None:
            explanations = self._explain(
                arm, arm.explainer, arm.explained_by, selection.shots, proxy, arm.explains_foil
            )
        prepared = self._write(arm, selection, explanations, chosen)
        items = self.task.test if chosen else (*self.task.test, *self.task.pool)
        while arm.shots == "max" and not self.room.fits(arm, prepared, items):
            most = max(map(len, prepared.chosen.values()), default=0)
            if chosen and most:
                prepared = prepared.cut(most - 1)
            elif selection.shots and not chosen:
                selection = replace(selection, shots=selection.shots[:-1])
                prepared = self._write(arm, selection, explanations, {})
            else:
                break
        if explanations is not None:
            self._explanations[arm.name] = explanations[: len(selection.shots)]
        return prepared

    def surveys(self, arm: Arm) -> bool:
        """Whether the arm has the LLM asked for its errors on the pool."""
        return arm.needs_errors and self.survey.errors in ("llm", "both")

    def select(
        self, arm: Arm, pool: Sequence[Candidate]
    ) -> tuple[Selection, dict[str, tuple[int, ...]]]:
        """What the arm's selector chooses, and which of it for which item; PlanError for nothing.

        A query is without its label: a selector cannot choose by what is to be predicted.
        """
        if arm.selector is None:
            return Selection(()), {}
        wanted = MOST_SHOTS if arm.shots == "max" else arm.shots
        queries = all_unlabelled(self.task.test) if arm.per_item else []
        selected = SelectorDoor.of(arm.selector).select(pool, wanted, queries)
        selection, chosen = gather(selected, queries)
        if not selection.shots:
            raise nothing_found(arm, self.task)
        return selection, chosen

    def _explain(
        self,
        arm: Arm,
        explainer: Explainer,
        name: str,
        shots: Sequence[Shot],
        proxy: ProxySurvey | None,
        foil: bool = False,
    ) -> list[Explanation]:
        """One explanation for each shot; what the same explainer made of the same proxy is kept."""
        kept = self._known.explained.setdefault((arm.proxy, name, foil), {})
        self._count(arm, name, foil, shots)
        new = list({s.example: s for s in shots if s.example not in kept}.values())
        if new:
            with self.show(f"explain ({arm.name})", len(new)) as advance:
                made = explain(new, explainer, proxy, self.task.labels if foil else None)
                kept.update(zip((shot.example for shot in new), made, strict=True))
                advance(len(new))
        return [kept[shot.example] for shot in shots]

    def _count(self, arm: Arm, name: str, foil: bool, shots: Sequence[Shot]) -> None:
        """Note what the arm has explained."""
        work, key = self.work[arm.name], f"{arm.proxy}: {name}{' (foil)' * foil}"
        ids = {*work.explained.get(key, []), *(shot.example.id for shot in shots)}
        work.explained[key] = sorted(ids)
        if name in arm.asking and key not in work.asked:
            work.asked.append(key)

    def _tell_suspects(self, made: Sequence[PreparedArm]) -> None:
        """Note the pool items that both the proxy and the LLM find mislabelled."""
        found = {
            example.id: example
            for survey in self._proxies.values()
            for example in suspects(self.task.pool, survey, self._found.answers)
        }
        shown = (d.example.id for prepared in made for d in prepared.demonstrations)
        note = suspect_note(list(found.values()), set(shown))
        self.notes += [note] if note else []

    def _judged(self, made: Sequence[PreparedArm]) -> list[PreparedArm]:
        """The arms with the faithfulness of their explanations.

        An arm that needs no proxy itself is judged by the run's only one, where it has just one.
        """
        only = next(iter(self._proxies.values())) if len(self._proxies) == 1 else None
        found = {arm.name: self._proxies.get(arm.proxy, only) for arm in self.arms}
        surveys = {name: survey for name, survey in found.items() if survey is not None}
        return measure_arms(made, self._explanations, surveys, self.seed, self.show)

    def _write(
        self,
        arm: Arm,
        selection: Selection,
        explanations: Sequence[Explanation] | None,
        chosen: Mapping[str, tuple[int, ...]],
    ) -> PreparedArm:
        shots = selection.shots
        found = None if explanations is None else explanations[: len(shots)]
        demonstrations = demonstrate(
            shots, found, arm.template, arm.keywords, arm.mask, self.scaffolding
        )
        notes = [*selection.notes, *word_notes(demonstrations, found or (), arm.keywords)]
        own = selection.instruction is not None
        count = min(map(len, chosen.values()), default=len(shots))
        if arm.shots != "max" and count < arm.shots and not own and not selection.notes:
            notes.append(f"{count} of {arm.shots} shots were found")
        instruction = selection.instruction if own else self.task.instruction
        return PreparedArm(
            arm.name, instruction or "", tuple(demonstrations), tuple(notes), chosen=chosen
        )

    def _proxy(self, arm: Arm) -> ProxySurvey:
        known = self._known.proxies
        if arm.proxy not in known:
            known[arm.proxy] = survey_proxy(
                self.make_proxy[arm.proxy],
                self.task,
                self.survey.folds,
                self.seed,
                self.executor,
                self.show,
            )
        found = self._proxies[arm.proxy] = known[arm.proxy]
        self.work[arm.name].proxy, self.work[arm.name].fits = arm.proxy, len(found.proxies)
        return found

    def to_ask(self, arm: Arm, prepared: PreparedArm) -> list[Example]:
        """The pool items that the survey asks with this arm: those that its prompt does not show.

        Raises PlanError where none is left, or where they do not fit the model.
        """
        shown = {text_key(d.example) for d in prepared.demonstrations}
        items = [e for e in self.task.pool if text_key(e) not in shown]
        if not items:
            raise PlanError(
                f"no pool item is left to ask: the survey's own prompt shows all"
                f" {len(self.task.pool)}",
                where="[split] pool",
                hint=f"enlarge the pool, or show fewer than {len(shown)} shots in arm {arm.name!r}",
            )
        self.room.require(arm, prepared, items)
        return items

    def _asked(self) -> PoolAnswers:
        """What the LLM says of the pool, asked once; not of items that the survey itself shows."""
        if self._answers is not None:
            return self._answers
        arm = survey_arm(self.arms, self.survey.arm)
        prepared = self.prepare(arm)
        items = self.to_ask(arm, prepared)
        self._answers = ask_pool(
            arm, prepared, items, self.task.labels, self.ask, self.survey.parser
        )
        self.notes += self._answers.notes
        if hidden := len(self.task.pool) - len(items):
            self.notes.append(
                f"survey: {hidden} pool items stand in the survey's own prompt and were not asked"
            )
        return self._answers
