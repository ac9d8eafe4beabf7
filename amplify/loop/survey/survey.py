"""Surveys the pool: has the proxies score it, and keeps what the LLM answers to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from amplify.contract.proxy import FeatureProxy, Proxy
from amplify.contract.selector import Candidate, QuerySurvey
from amplify.loop.checked.unlabelled import all_unlabelled
from amplify.loop.prompt.arm import Arm
from amplify.loop.setup import Method, Setup
from amplify.loop.survey.candidates import candidates
from amplify.loop.survey.likely_labels import LikelyLabels
from amplify.loop.survey.llm import PoolAnswers, survey_arm
from amplify.loop.survey.proxy import ProxySurvey, survey_proxy


@dataclass(frozen=True)
class Survey:
    """The pool's scores by each proxy, under its digest, and the LLM's answers; None: not asked.

    `on_test` is what the LLM made of the test items; None: it was not asked.
    """

    proxies: Mapping[str, ProxySurvey] = field(default_factory=dict)
    answers: PoolAnswers | None = None
    on_test: LikelyLabels | None = None

    def measuring(self, arm: Arm) -> ProxySurvey | None:
        """The scores of the proxy that measures how faithful the arm's explanations are.

        It is the arm's own; the run's only one where the arm needs none; None where neither is.
        """
        only = next(iter(self.proxies.values())) if len(self.proxies) == 1 else None
        return self.proxies.get(arm.proxy, only)

    def by_proxy(self, arm: Arm) -> ProxySurvey | None:
        """The scores of the arm's proxy; None where the arm needs none, or it is not fitted yet."""
        return self.proxies.get(arm.proxy)


def survey_proxies(setup: Setup, make_proxy: Mapping[str, Callable[[], Proxy]]) -> Survey:
    """Every proxy that the arms need, fitted, and its scores of the pool.

    `make_proxy` holds, by the proxy's digest, what makes one that is not fitted. What an earlier
    run over the same data has fitted is taken over.
    """
    surveys = setup.results.surveys
    digests = [arm.proxy for arm in setup.arms if arm.uses_proxy]
    for digest in dict.fromkeys(digests):
        if digest not in surveys:
            surveys[digest] = survey_proxy(
                make_proxy[digest],
                setup.task,
                setup.method.folds,
                setup.method.seed,
                setup.executor,
                setup.show,
            )
    return Survey({digest: surveys[digest] for digest in digests})


def looks_at_llm(arm: Arm, method: Method) -> bool:
    """Whether the arm's selector looks at the errors that the LLM makes on the pool."""
    return arm.needs_errors and arm.demonstrates and method.errors in ("llm", "both")


def asks_pool(setup: Setup) -> bool:
    """Whether the LLM is asked the pool, as an arm's selector looks at its errors."""
    return any(looks_at_llm(arm, setup.method) for arm in setup.arms)


def asks_test(setup: Setup) -> bool:
    """Whether the LLM is asked the test items, as an arm's selector needs its probabilities."""
    return any(arm.needs_test_probabilities and arm.demonstrates for arm in setup.arms)


def asking_arm(setup: Setup) -> Arm | None:
    """The arm that the survey asks the LLM with; None where no arm needs its answers."""
    if not asks_pool(setup) and not asks_test(setup):
        return None
    return survey_arm(setup.arms, setup.method.survey_arm)


def candidates_for(setup: Setup, arm: Arm, survey: Survey) -> list[Candidate]:
    """The pool, or what the arm's draw has of it, as the arm's selector is shown it."""
    answers = survey.answers or PoolAnswers()
    errors = setup.method.errors if arm.needs_errors else "none"
    proxy = survey.by_proxy(arm)
    pool = candidates(setup.pool_of(arm), proxy, answers.answers, answers.wrong, errors)
    if proxy is None or not arm.needs_features:
        return pool
    features = _features(setup, arm, proxy)
    return [replace(c, features=features.get(c.example.id, ())) for c in pool]


def _features(setup: Setup, arm: Arm, proxy: ProxySurvey) -> dict[str, tuple[float, ...]]:
    """What the last layer of the arm's proxy reads of the pool items that it scores, by id."""
    known = setup.results.features
    if arm.proxy not in known:
        pool = [example for example in setup.task.pool if example.id in proxy.scores]
        vectors = cast(FeatureProxy, proxy.proxies[0]).features(all_unlabelled(pool))
        known[arm.proxy] = {e.id: vector for e, vector in zip(pool, vectors, strict=True)}
    return known[arm.proxy]


def query_surveys(setup: Setup, arm: Arm, survey: Survey) -> dict[str, QuerySurvey]:
    """What the arm's selector needs of the survey of the test items, by their ids."""
    proxy = survey.by_proxy(arm) if arm.needs_test_scores else None
    answers = survey.on_test if arm.needs_test_probabilities else None
    if proxy is None and answers is None:
        return {}
    return {
        item.id: QuerySurvey(
            proxy.test_scores.get(item.id) if proxy else None,
            tuple(answers.probabilities.get(item.id, {}).items()) if answers else (),
        )
        for item in setup.task.test
    }


def survey_counts(setup: Setup, survey: Survey) -> dict[str, Any]:
    """What the survey did, for the record: who was asked, and how many erred."""
    answers = survey.answers or PoolAnswers()
    looks = any(arm.needs_errors and arm.shots for arm in setup.arms)
    surveyed = survey.answers is not None or survey.on_test is not None
    counts: dict[str, Any] = {
        "arm": setup.method.survey_arm if surveyed else None,
        "errors": setup.method.errors if looks else None,
        "asked": len(answers.answers),
        "wrong": sum(answers.wrong.values()),
        "failed": answers.failed + (survey.on_test.failed if survey.on_test else 0),
    }
    if survey.on_test is not None:
        counts["test_items_asked"] = len(survey.on_test.probabilities)
    return counts
