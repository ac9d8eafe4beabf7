"""Asks the LLM with coalitions of a prompt's parts, each once, and keeps what it gets right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Example, Prediction, Task
from amplify.loop.answer.answer import predictions
from amplify.loop.answer.calibrate import context_requests, prior_of
from amplify.loop.answer.prior import Prior
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.worth.coalitions import Coalition
from amplify.run.engine.engine import Engine, Outcome

LEAST_PROBABILITY = 1e-6
"""A smaller probability of the true label counts as this one: its logarithm has no bound."""


class CoalitionValues:
    """By coalition what its prompt gets right of the items, and how probable it makes their labels.

    `correct` holds an array of 0 and 1 for each coalition, an item each, and `logs` the
    log-probabilities of the true labels, for coalitions whose replies all tell them. `repeated`
    counts coalitions that were needed again, `errors` calls that failed. `unasked` holds the
    requests that were not made as the run was stopped.
    """

    def __init__(
        self,
        engine: Engine,
        arm: Arm,
        task: Task,
        items: Sequence[Example],
        parser: str,
        prepared_of: Callable[[Coalition], PreparedArm],
    ) -> None:
        """`prepared_of` gives the arm with the parts of a coalition; `parser` reads its replies."""
        self.engine, self.arm, self.task, self.items = engine, arm, task, items
        self.parser, self.prepared_of = parser, prepared_of
        self.correct: dict[Coalition, Any] = {}
        self.logs: dict[Coalition, Any] = {}
        self.repeated = 0
        self.errors = 0
        self.unasked: list[Request] = []

    def ask(self, coalitions: Sequence[Coalition], phase: str) -> bool:
        """Whether all of the coalitions are answered; those that are not yet are asked."""
        new = [c for c in dict.fromkeys(coalitions) if c not in self.correct]
        self.repeated += len(coalitions) - len(new)
        requests = [self._requests(coalition) for coalition in new]
        outcomes = self.engine.ask(list(chain(*requests)), phase) if new else []
        start = 0
        for coalition, of_coalition in zip(new, requests, strict=True):
            answered = outcomes[start : start + len(of_coalition)]
            start += len(of_coalition)
            stopped = [isinstance(o, Failure) and o.kind == "stopped" for o in answered]
            self.unasked += [r for r, s in zip(of_coalition, stopped, strict=True) if s]
            if not any(stopped):
                self._read(coalition, answered)
        return not self.unasked

    def _requests(self, coalition: Coalition) -> list[Request]:
        """The coalition's prompt with each item and, ahead of these, what its prior takes."""
        prepared = self.prepared_of(coalition)
        requests = render(self.arm, prepared, self.items, self.task.labels)
        if self.arm.calibrate != "context":
            return requests
        return [*context_requests(self.arm, prepared, self.task), *requests]

    def _read(self, coalition: Coalition, outcomes: Sequence[Outcome]) -> None:
        import numpy as np

        of_items = outcomes[-len(self.items) :]
        read = predictions(
            self.arm,
            self.items,
            of_items,
            self.task.labels,
            self.parser,
            self._prior(outcomes[: -len(self.items)] or of_items),
        )
        self.errors += sum(isinstance(outcome, Failure) for outcome in outcomes)
        self.correct[coalition] = np.array([float(p.correct) for p in read])
        logs = [_log_probability(p) for p in read]
        known = [log for log in logs if log is not None]
        if len(known) == len(logs):
            self.logs[coalition] = np.array(known)

    def _prior(self, outcomes: Sequence[Completion | Failure]) -> Prior | Failure | None:
        """The prior of a coalition whose arm calibrates; by a batch its own items are the batch."""
        if self.arm.calibrate == "none":
            return None
        return prior_of(self.arm, outcomes, self.task)


def _log_probability(prediction: Prediction) -> float | None:
    """How probable the LLM makes the item's true label; None where it does not tell."""
    probabilities = dict(prediction.probabilities)
    if prediction.label not in probabilities:
        return None
    return math.log(max(probabilities[prediction.label], LEAST_PROBABILITY))
