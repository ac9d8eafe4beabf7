"""Prepare the arms: survey the pool, then select, explain, write, guard and measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from amplify.contract.calls import Failure, Request
from amplify.contract.explainer import Explanation
from amplify.contract.proxy import Proxy
from amplify.contract.selector import Selection
from amplify.contract.template import ProxyView
from amplify.loop.audit.measure_arms import measure_arms
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.explain.explain_shots import explain_shots
from amplify.loop.explain.views import proxy_views
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.fixed_text import fixed_text
from amplify.loop.prompt.write import write_arm, write_demonstrations
from amplify.loop.select.score_drops import with_drops
from amplify.loop.select.select_shots import select_shots
from amplify.loop.select.trials import Trials
from amplify.loop.setup import Setup
from amplify.loop.shared_work import Work
from amplify.loop.survey.label_errors import LabelErrors
from amplify.loop.survey.likely_labels import LikelyLabels, ask_likely_labels, likely_label_requests
from amplify.loop.survey.llm import PoolAnswers, ask_pool, survey_requests
from amplify.loop.survey.proxy import ProxySurvey
from amplify.loop.survey.proxy_report import ProxyReport, report_proxy
from amplify.loop.survey.survey import (
    Survey,
    asking_arm,
    asks_pool,
    asks_test,
    candidates_for,
    looks_at_llm,
    query_surveys,
    survey_counts,
    survey_proxies,
)


@dataclass(frozen=True)
class Draft:
    """A prepared arm before its explanations are measured.

    `explanations` has one for each demonstration, or none; `leaks` are notes on test items in it.
    """

    prepared: PreparedArm
    explanations: Sequence[Explanation] = ()
    leaks: Sequence[str] = ()
    work: Work = field(default_factory=Work)


@dataclass(frozen=True)
class Foreseen:
    """What is known before any proxy is fitted and the LLM is asked.

    `drafts` are those of the arms that need neither, `shots` how many demonstrations each arm can
    show at most, where that is known; `leaks` are notes on test items in train, and `requests` what
    the survey will ask, where its arm is among the drafts.
    """

    drafts: Mapping[str, Draft]
    shots: Mapping[str, int]
    leaks: Sequence[str] = ()
    requests: Sequence[Request] | None = None

    @property
    def prepared(self) -> dict[str, PreparedArm]:
        """The arms that are prepared, by name."""
        return {name: draft.prepared for name, draft in self.drafts.items()}


@dataclass(frozen=True)
class Preparation:
    """What preparation leaves: the arms, reports on the proxies, notes, counts of the survey.

    `data` is a digest of the task's splits, so that a resumed run notices other data; `work` tells
    what preparing each arm takes. `label_errors` has the likely ones of the pool by each proxy.
    `on_test` has, for each proxy, its label of each test item by the item's id; it is empty where a
    stored run has none. `failures` are the calls of the survey that failed.
    """

    arms: list[PreparedArm]
    proxies: list[ProxyReport]
    notes: list[str]
    survey: dict[str, Any]
    data: str
    work: dict[str, Work]
    label_errors: list[LabelErrors] = field(default_factory=list)
    failures: Sequence[Failure] = ()
    on_test: list[Mapping[str, str]] = field(default_factory=list)


def prepare_arms(
    setup: Setup, make_proxy: Mapping[str, Callable[[], Proxy]], foreseen: Foreseen
) -> Preparation:
    """Every arm of a run, ready to be answered.

    The proxies are fitted before the LLM is asked: what a proxy refuses costs no call. The arm that
    the pool is asked with comes first, so that the other arms find the LLM's answers.

    `make_proxy` holds, by the proxy's digest, what makes one that is not fitted.
    """
    survey = survey_proxies(setup, make_proxy)
    asker = asking_arm(setup)
    drafts = dict(foreseen.drafts)
    for arm in sorted(setup.arms, key=lambda arm: arm is not asker):
        if arm.name not in drafts:
            drafts[arm.name] = draft_arm(setup, arm, survey)
        if arm is asker:
            survey = _ask(setup, arm, drafts[arm.name].prepared, foreseen.requests, survey)
    prepared = [drafts[arm.name].prepared for arm in setup.arms]
    leaks = [*foreseen.leaks, *(note for draft in drafts.values() for note in draft.leaks)]
    if setup.method.faithfulness:
        explanations = {name: draft.explanations for name, draft in drafts.items()}
        surveys = {arm.name: survey.measuring(arm) for arm in setup.arms}
        prepared = measure_arms(prepared, explanations, surveys, setup.method.seed, setup.show)
    answers, on_test = survey.answers or PoolAnswers(), survey.on_test or LikelyLabels()
    label_errors = _label_errors(setup, survey, prepared)
    suspected = [errors.note for errors in label_errors if errors.note]
    return Preparation(
        prepared,
        _reports(setup, survey, answers),
        [*answers.notes, *on_test.notes, *leaks, *suspected],
        survey_counts(setup, survey),
        setup.data,
        {arm.name: drafts[arm.name].work for arm in setup.arms},
        label_errors,
        (*answers.failures, *on_test.failures),
        [scores.on_test for scores in survey.proxies.values()],
    )


def _ask(
    setup: Setup,
    arm: Arm,
    prepared: PreparedArm,
    of_pool: Sequence[Request] | None,
    survey: Survey,
) -> Survey:
    """The survey with what the LLM answers to the prompt of `arm`, as `prepared`.

    `of_pool` are the requests of the pool items, where they are rendered already.
    """
    task = setup.task
    if asks_pool(setup):
        requests = of_pool or survey_requests(arm, prepared, task, setup.room)
        answers = ask_pool(arm, prepared, requests, task, setup.ask, setup.method.parser)
        survey = replace(survey, answers=answers)
    if asks_test(setup):
        requests = likely_label_requests(arm, prepared, task)
        setup.room.require(arm.name, requests)
        survey = replace(survey, on_test=ask_likely_labels(arm, requests, task, setup.ask))
    return survey


def draft_arm(setup: Setup, arm: Arm, survey: Survey) -> Draft:
    """One arm: its shots selected and explained, its demonstrations written and guarded."""
    guard, task = setup.guard, setup.task
    proxy = survey.by_proxy(arm)
    viewing = proxy if arm.views != "none" else None
    if not arm.demonstrates:
        views = proxy_views(setup, arm, viewing, ()) if viewing else {}
        prepared = write_arm(setup, arm, Selection(()), {}, None, views)
        return Draft(prepared, leaks=guard.check_text(arm.name, fixed_text(arm, prepared, task)))
    candidates = candidates_for(setup, arm, survey)
    if arm.ranker is not None and proxy is not None:
        rank = partial(explain_shots, setup, arm, arm.ranker, arm.ranked_by, proxy, False)
        known = setup.results.drops.setdefault((arm.proxy, arm.ranked_by, arm.keywords), {})
        candidates = with_drops(candidates, rank, proxy, arm.keywords, known, setup.show)
    attempt = None
    views = proxy_views(setup, arm, viewing, ()) if viewing and arm.selector_tries else {}
    if arm.selector_tries:
        attempt = Trials(setup, arm, candidates, partial(_tried, setup, arm, proxy, views))
    surveyed = query_surveys(setup, arm, survey)
    selection, chosen = select_shots(arm, candidates, task, attempt, surveyed)
    shown = [shot.example for shot in selection.shots]
    leaks = guard.check_shown(arm.name, shown)
    explanations = _explained(setup, arm, proxy, selection)
    views = proxy_views(setup, arm, viewing, shown) if viewing else {}
    prepared = write_arm(setup, arm, selection, chosen, explanations, views)
    asked = CheckedSelector.of(arm.selector).asks
    calls = (attempt.calls if attempt else 0) + (asked.requests if asked else 0)
    prepared = replace(prepared, trials=calls)
    leaks += guard.check_text(arm.name, fixed_text(arm, prepared, task))
    work = Work()
    if proxy is not None:
        work.proxy, work.fits = arm.proxy, len(proxy.proxies)
    if survey.answers is not None and looks_at_llm(arm, setup.method):
        work.surveyed = len(survey.answers.answers) + survey.answers.failed
    if survey.on_test is not None and arm.needs_test_probabilities:
        work.surveyed += len(survey.on_test.probabilities) + survey.on_test.failed
    work.add(arm, arm.ranked_by, False, [c.example for c in candidates if c.drop is not None])
    if explanations is not None:
        tried = attempt.shown.values() if attempt else ()
        work.add(arm, arm.explained_by, arm.explains_foil, [*shown, *tried])
    return Draft(prepared, (explanations or [])[: len(prepared.demonstrations)], leaks, work)


def _explained(
    setup: Setup, arm: Arm, proxy: ProxySurvey | None, selection: Selection
) -> list[Explanation] | None:
    """The explanations of the selected shots; None where the arm explains nothing."""
    if arm.explainer is None:
        return None
    return explain_shots(
        setup, arm, arm.explainer, arm.explained_by, proxy, arm.explains_foil, selection.shots
    )


def _tried(
    setup: Setup,
    arm: Arm,
    proxy: ProxySurvey | None,
    views: Mapping[str, ProxyView],
    selection: Selection,
) -> PreparedArm:
    """The arm with the demonstrations that its selector tries."""
    explanations = _explained(setup, arm, proxy, selection)
    return write_demonstrations(setup, arm, selection, {}, explanations, views)


def _reports(setup: Setup, survey: Survey, answers: PoolAnswers) -> list[ProxyReport]:
    """How good each proxy is on the pool."""
    titles = {arm.proxy: arm.proxy_title for arm in setup.arms}
    return [
        report_proxy(titles[digest], scores, setup.task, answers.answers)
        for digest, scores in survey.proxies.items()
    ]


def _label_errors(
    setup: Setup, survey: Survey, prepared: Sequence[PreparedArm]
) -> list[LabelErrors]:
    """The likely label errors of the pool by each proxy."""
    titles = {arm.proxy: arm.proxy_title for arm in setup.arms}
    shown = {d.example.id for arm in prepared for d in arm.demonstrations}
    return [
        scores.label_errors.of_run(titles[digest], shown)
        for digest, scores in survey.proxies.items()
    ]
