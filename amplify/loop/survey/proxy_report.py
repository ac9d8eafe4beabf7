"""How good a proxy is on the pool, which it never saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from amplify.contract.data import Task
from amplify.loop.survey.proxy import ProxySurvey


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
