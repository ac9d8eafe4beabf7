"""A proxy's survey of the pool: it is fitted, and scores every pool example.

The score of an example comes from a proxy that never saw it: one that was fitted on train or, where
train and pool are the same examples, on the other folds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import several
from amplify.contract.progress import Progress
from amplify.contract.proxy import Proxy, Scores
from amplify.loop.checked.copies import example_apart
from amplify.loop.checked.executor import CheckedExecutor
from amplify.loop.checked.proxy import CheckedProxy
from amplify.loop.checked.scores import check_scores
from amplify.loop.checked.unlabelled import all_unlabelled
from amplify.loop.data.folds import fold_parts
from amplify.loop.survey.label_errors import LabelErrors, find_label_errors


@dataclass(frozen=True)
class ProxySurvey:
    """The pool as one proxy sees it: `proxies[folds[id]]` scored item `id`, and explains it.

    `label_errors` tells which labels are likely wrong by these scores. `test_scores` has what the
    first of the proxies makes of each test item, by the item's id.
    """

    scores: Mapping[str, Scores]
    folds: Mapping[str, int]
    proxies: tuple[Proxy, ...]
    label_errors: LabelErrors = field(default_factory=LabelErrors)
    test_scores: Mapping[str, Scores] = field(default_factory=dict)

    @property
    def on_test(self) -> dict[str, str]:
        """The label of each test item by the first of the proxies, by the item's id."""
        return {item: scores.best for item, scores in self.test_scores.items()}


def survey_proxy(
    make: Callable[[], Proxy], task: Task, folds: int, seed: int, executor: Executor, show: Progress
) -> ProxySurvey:
    """Fit on train and score the pool; with `folds`, fit on all folds but the item's own.

    The progress is that of the fits: each of them scores the items that it did not see.
    """
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
    with show("fit the proxy", len(jobs)) as advance:
        fits = CheckedExecutor.of(executor).results(fit_and_score, jobs, check_fit)
        for index, (proxy, of_part) in enumerate(fits):
            proxies.append(proxy)
            for example, score in zip(parts[index], of_part, strict=True):
                scores[example.id] = score
                where[example.id] = index
            advance()
    errors = find_label_errors(pool, scores)
    of_test = _test_scores(proxies[0], task, show)
    return ProxySurvey(scores, where, tuple(proxies), errors, of_test)


def _test_scores(proxy: Proxy, task: Task, show: Progress) -> dict[str, Scores]:
    """The proxy's scores of the test items: it was fitted on none, and told the label of none."""
    if not task.test:
        return {}
    with show("score the test items", len(task.test)) as advance:
        scores = proxy.predict(all_unlabelled(task.test))
        advance(len(scores))
    return {e.id: score for e, score in zip(task.test, scores, strict=True)}


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
    proxy = CheckedProxy.of(job.make())
    proxy.fit(job.train, job.labels)
    return proxy, proxy.predict(job.part)


def check_fit(value: object, job: Job) -> tuple[Proxy, list[Scores]]:
    """The proxy and the scores that a job made; Wrong for what no job makes."""
    fit = several(value, "a job's result", most=2)
    if len(fit) != 2 or not isinstance(fit[0], CheckedProxy):
        raise Wrong(f"gave {brief(value)} as the result of a job: no fitted proxy and its scores")
    return fit[0], check_scores(fit[1], job.part, job.labels)
