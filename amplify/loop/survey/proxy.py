"""Survey: what the proxy and the LLM make of the pool.

A pool item's score comes from a proxy that never saw the item: fitted on train, or, where train
and pool are the same items, on the other folds.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal

from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import several
from amplify.contract.progress import Progress
from amplify.contract.proxy import Proxy, Scores
from amplify.contract.selector import Candidate
from amplify.loop.checked.apart import example_apart
from amplify.loop.checked.executor import ExecutorDoor
from amplify.loop.checked.proxy import ProxyDoor
from amplify.loop.checked.scores import check_scores
from amplify.loop.data.twins import group_twins
from amplify.loop.survey.mcs import misclassification_confidence

ErrorSource = Literal["llm", "proxy", "both", "none"]


@dataclass(frozen=True)
class ProxySurvey:
    """The pool as one proxy sees it: `proxies[folds[id]]` scored item `id`, and explains it."""

    scores: Mapping[str, Scores]
    folds: Mapping[str, int]
    proxies: tuple[Proxy, ...]


def survey_proxy(
    make: Callable[[], Proxy], task: Task, folds: int, seed: int, executor: Executor, show: Progress
) -> ProxySurvey:
    """Fit on train and score the pool; with `folds`, fit on all folds but the item's own."""
    check_scorable(task)
    pool = scorable(task)
    parts = fold_parts(pool, folds, seed) if folds else [pool]
    train = [e for e in task.train if e.label in e.labels(task.labels)]
    jobs = []
    for part in parts:
        held_out = {example.id for example in part}
        seen = [example_apart(e) for e in train if e.id not in held_out]
        jobs.append(Job(make, seen, [example_apart(e) for e in part], task.labels))
    proxies: list[Proxy] = []
    scores: dict[str, Scores] = {}
    where: dict[str, int] = {}
    with show("score the pool", len(pool)) as advance:
        fits = ExecutorDoor.of(executor).results(fit_and_score, jobs, check_fit)
        for index, (proxy, of_part) in enumerate(fits):
            proxies.append(proxy)
            for example, score in zip(parts[index], of_part, strict=True):
                scores[example.id] = score
                where[example.id] = index
            advance(len(parts[index]))
    return ProxySurvey(scores, where, tuple(proxies))


def scorable(task: Task) -> list[Example]:
    """The pool items whose target is one of their labels."""
    return [example for example in task.pool if example.label in example.labels(task.labels)]


def check_scorable(task: Task) -> None:
    """PlanError where the task has no labels that a proxy could score."""
    if not task.labels:
        raise PlanError(
            f"task {task.name} has open answers: there are no labels that a proxy could score",
            hint="choose arms that need no proxy (selector random or file, template answer-only),"
            " or have the answers read as labels: -o task.answers=labels",
        )


@dataclass(frozen=True)
class Job:
    """One fit: on `train`, to score `part`. Plain data, so that it can go to another process."""

    make: Callable[[], Proxy]
    train: list[Example]
    part: list[Example]
    labels: tuple[str, ...]


def fit_and_score(job: Job) -> tuple[Proxy, list[Scores]]:
    """The fitted proxy, and its scores of the part that it did not see."""
    proxy = ProxyDoor.of(job.make())
    proxy.fit(job.train, job.labels)
    return proxy, proxy.predict(job.part)


def check_fit(value: object, job: Job) -> tuple[Proxy, list[Scores]]:
    """The proxy and the scores that a job made; Wrong for what no job makes."""
    fit = several(value, "a job's result", most=2)
    if len(fit) != 2 or not isinstance(fit[0], ProxyDoor):
        raise Wrong(f"gave {brief(value)} as the result of a job: no fitted proxy and its scores")
    return fit[0], check_scores(fit[1], job.part, job.labels)


def fold_parts(
    examples: Sequence[Example], folds: int, seed: int, where: str = "[split] folds"
) -> list[list[Example]]:
    """`folds` parts of about equal size, balanced by label; twins stay in one part.

    `where` is the key of the plan that asks for so many.
    """
    groups = [[examples[index] for index in group] for group in group_twins(examples).groups]
    if folds < 2 or folds > len(groups):
        raise PlanError(
            f"{folds} {'folds' if where.endswith('folds') else 'parts'} of {len(groups)} different"
            " texts are not possible",
            where=where,
        )
    order = sorted(groups, key=lambda group: group[0].id)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda group: group[0].label)
    parts: list[list[Example]] = [[] for _ in range(folds)]
    for index, group in enumerate(order):
        parts[index % folds].extend(group)
    return parts


def candidates(
    pool: Sequence[Example],
    proxy: ProxySurvey | None,
    answers: Mapping[str, str | None],
    wrong: Mapping[str, bool],
    errors: ErrorSource,
) -> list[Candidate]:
    """The pool as candidates.

    `answers` and `wrong` hold the LLM's parsed answer and whether it is an error, by item id;
    where the error source asks for an answer that is missing, the item is left out (a call that
    failed, or an item that stood in the survey's own prompt).
    """
    pool_candidates = []
    for example in pool:
        scores = proxy.scores.get(example.id) if proxy else None
        proxy_wrong = None if scores is None else scores.best != example.label
        if errors in ("llm", "both") and example.id not in wrong:
            continue
        error: bool | None
        if errors == "llm":
            error = wrong[example.id]
        elif errors == "both":
            error = wrong[example.id] and bool(proxy_wrong)
        else:
            error = proxy_wrong if errors == "proxy" else None
        pool_candidates.append(
            Candidate(
                example,
                scores=scores,
                fold=proxy.folds.get(example.id, 0) if proxy else 0,
                answer=answers.get(example.id),
                error=error,
                mcs=None if scores is None else misclassification_confidence(scores, example.label),
            )
        )
    return pool_candidates


@dataclass(frozen=True)
class ProxyReport:
    """How good the proxy is, on pool items that it never saw.

    `majority` is the accuracy of always saying train's most frequent label; `agreement` the share
    of surveyed items on which the proxy and the LLM give the same label (None: nothing surveyed).
    """

    name: str
    items: int
    accuracy: float
    majority: float
    agreement: float | None


def report_proxy(
    name: str, survey: ProxySurvey, task: Task, answers: Mapping[str, str | None]
) -> ProxyReport:
    """Accuracy against the majority class, and agreement with the LLM."""
    scored = [example for example in task.pool if example.id in survey.scores]
    right = sum(survey.scores[e.id].best == e.label for e in scored)
    counts = Counter(example.label for example in task.train or task.pool)
    top = min(counts, key=lambda label: (-counts[label], label))
    both = [e for e in scored if e.id in answers]
    agree = sum(survey.scores[e.id].best == answers[e.id] for e in both)
    return ProxyReport(
        name,
        len(scored),
        right / len(scored) if scored else 0.0,
        sum(e.label == top for e in scored) / len(scored) if scored else 0.0,
        agree / len(both) if both else None,
    )
