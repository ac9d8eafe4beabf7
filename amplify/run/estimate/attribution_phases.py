"""Estimates what it takes to attribute the LLM's answers to the parts of their prompts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from amplify.contract.calls import Completion, Request
from amplify.contract.context import Context
from amplify.contract.data import Task
from amplify.contract.errors import PluginError, ProviderError
from amplify.contract.progress import silent
from amplify.contract.provider import Provider
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.run.engine.engine import Outcome
from amplify.run.estimate.phases import Phase, PhaseRequests, phase_of, times
from amplify.run.plan.plan import Plan
from amplify.run.precheck.preflight import attributed_items
from amplify.run.wiring.attributor import Attributor
from amplify.run.worth.answer_scores import RankedLabels
from amplify.run.worth.attribute import attribute_answer

REHEARSED = 2
"""The answers whose attribution is rehearsed; the others take about as many prompts."""


def attribution_phases(
    plan: Plan,
    attributor: Attributor | None,
    draws: Sequence[tuple[Arm, PreparedArm]],
    task: Task,
    provider: Provider,
    context: Context,
) -> Iterator[Phase]:
    """The phase in which answers are attributed; none where none is.

    The explainer attributes the first answers in earnest, by scores that are made up, so that what
    it would ask is known, whichever explainer it is. `draws` are those of the arm; the first one
    stands for the draw that only the run can choose.
    """
    items = attributed_items(plan, task)
    if attributor is None or not items or not draws or draws[0][1].chosen:
        return
    arm, shown = draws[0]
    explainer = attributor.build(replace(context, show=silent, labels=task.labels))
    rehearsal = _Rehearsal()
    labels = RankedLabels(rehearsal, arm, task.labels)
    title = f"attribute answers ({arm.plan_name}), about"
    tried = items[:REHEARSED]
    try:
        for item in tried:
            attribute_answer(labels, shown, item, None, attributor, explainer, plan.run.seed)
    except (PluginError, ProviderError):  # it makes nothing of scores that are made up
        yield phase_of(PhaseRequests(title, None), provider)
        return
    phase = phase_of(PhaseRequests(title, rehearsal.requests), provider)
    yield times(phase, len(items) / len(tried))


class _Rehearsal:
    """Stands in for an LLM that ranks labels, and keeps what it is asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, requests: Sequence[Request], phase: str) -> list[Outcome]:
        """A reply to each, in which the prompt decides the probability of every label."""
        self.requests += requests
        return [
            Completion(
                request.labels[0],
                "stand-in",
                logprobs=tuple((label, _made_up(request, label)) for label in request.labels),
            )
            for request in requests
        ]


def _made_up(request: Request, label: str) -> float:
    """A log-probability from -2 to -1: equal ones for all prompts would rank no part."""
    digest = hashlib.sha256(f"{request.prompt.text}\0{label}".encode()).digest()
    return -1 - int.from_bytes(digest[:4], "big") / 2**32
