"""Asks the LLM with coalitions of a prompt's parts, each once, and keeps what it gets right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, compress, islice
from typing import Any

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Example, Prediction, Task
from amplify.loop.answer.answer import predictions
from amplify.loop.answer.ask_again import most_second_requests, second_calls, with_second_reply
from amplify.loop.answer.calibrate import context_requests, prior_of
from amplify.loop.answer.prior import Prior
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.setup import Room
from amplify.loop.worth.coalitions import Coalition, all_parts
from amplify.loop.worth.shapley import most_coalitions
from amplify.run.cost.raised_caps import Remaining
from amplify.run.engine.engine import Engine, Outcome

LEAST_PROBABILITY = 1e-6
"""A smaller probability of the true label counts as this one: its logarithm has no bound."""


class CoalitionValues:
    """By coalition what its prompt gets right of the items, and how probable it makes their labels.

    `correct` holds an array of 0 and 1 for each coalition, an item each, and `logs` the
    log-probabilities of the true labels, for coalitions whose replies all tell them. `repeated`
    counts coalitions that were needed again, `requested` all requests that were made, `errors`
    calls that failed. `unasked` holds the requests that were not made as the run was stopped.
    Replies are read as the arm reads its own: where it asks unread ones again, so it is here.
    """

    def __init__(
        self,
        engine: Engine,
        arm: Arm,
        task: Task,
        items: Sequence[Example],
        parser: str,
        room: Room,
        prepared_of: Callable[[Coalition], PreparedArm],
    ) -> None:
        """`prepared_of` gives the arm with the parts of a coalition; `parser` reads its replies,
        `room` is that of the model."""
        self.engine, self.arm, self.items = engine, arm, items
        self.task = replace(task, test=tuple(items))
        self.parser, self.room, self.prepared_of = parser, room, prepared_of
        self.correct: dict[Coalition, Any] = {}
        self.logs: dict[Coalition, Any] = {}
        self.repeated = 0
        self.requested = 0
        self.errors = 0
        self.unasked: list[Request] = []

    def ask(self, coalitions: Sequence[Coalition], phase: str) -> bool:
        """Whether all of the coalitions are answered; those that are not yet are asked."""
        new = [c for c in dict.fromkeys(coalitions) if c not in self.correct]
        self.repeated += len(coalitions) - len(new)
        requests = [self._requests(coalition) for coalition in new]
        outcomes = self.engine.ask(list(chain(*requests)), phase) if new else []
        remaining = iter(outcomes)
        read: dict[Coalition, list[Prediction]] = {}
        asked: dict[Coalition, list[Request]] = {}
        for coalition, of_coalition in zip(new, requests, strict=True):
            answered = list(islice(remaining, len(of_coalition)))
            if not self._stopped(of_coalition, answered):
                read[coalition] = self._read(answered)
                asked[coalition] = of_coalition[-len(self.items) :]
        if self.arm.unread == "ask":
            read = self._ask_again(asked, read)
        for coalition, predicted in read.items():
            self._keep(coalition, predicted)
        return not self.unasked

    def most_left(self, parts: int, permutations: int) -> Remaining:
        """The most that the calls take which so many parts still need, with so many permutations.

        Each coalition counts as the one of all parts, whose prompts are the longest.
        """
        requests = self._requests(all_parts(parts))
        of_items = requests[-len(self.items) :]
        seconds = most_second_requests(self.arm, self.items, of_items, self.task)
        each = self.engine.most_of([*requests, *seconds])
        return each.times(max(0, most_coalitions(parts, permutations) - len(self.correct)))

    def _stopped(self, requests: Sequence[Request], outcomes: Sequence[Outcome]) -> bool:
        """Whether some of the requests were not made as the run was stopped; these are kept."""
        stopped = [isinstance(o, Failure) and o.kind == "stopped" for o in outcomes]
        self.unasked += list(compress(requests, stopped))
        self.requested += len(stopped) - sum(stopped)
        return any(stopped)

    def _ask_again(
        self,
        asked: Mapping[Coalition, Sequence[Request]],
        read: Mapping[Coalition, list[Prediction]],
    ) -> dict[Coalition, list[Prediction]]:
        """The predictions by second calls too, of the coalitions all of whose calls were made.

        `asked` are the requests over the items, `read` what was read of their replies.
        """
        arm, task = self.arm, self.task
        calls = {c: second_calls(arm, task, asked[c], read[c], self.room) for c in read}
        requests = [call.request for of_coalition in calls.values() for call in of_coalition]
        phase = f"ask unread replies again ({arm.name})"
        remaining = iter(self.engine.ask(requests, phase) if requests else [])
        whole: dict[Coalition, list[Prediction]] = {}
        for coalition, of_coalition in calls.items():
            outcomes = list(islice(remaining, len(of_coalition)))
            if self._stopped([call.request for call in of_coalition], outcomes):
                continue
            predicted = whole[coalition] = list(read[coalition])
            for call, outcome in zip(of_coalition, outcomes, strict=True):
                place = call.place
                predicted[place] = with_second_reply(
                    arm, self.items[place], predicted[place], outcome, task
                )
            self.errors += sum(isinstance(outcome, Failure) for outcome in outcomes)
        return whole

    def _requests(self, coalition: Coalition) -> list[Request]:
        """The coalition's prompt with each item and, ahead of these, what its prior takes."""
        prepared = self.prepared_of(coalition)
        requests = render(self.arm, prepared, self.items, self.task.labels)
        if self.arm.calibrate != "context":
            return requests
        return [*context_requests(self.arm, prepared, self.task), *requests]

    def _read(self, outcomes: Sequence[Outcome]) -> list[Prediction]:
        """The predictions of the items, by the outcomes of a coalition's requests."""
        of_items = outcomes[-len(self.items) :]
        self.errors += sum(isinstance(outcome, Failure) for outcome in outcomes)
        return predictions(
            self.arm,
            self.items,
            of_items,
            self.task.labels,
            self.parser,
            self._prior(outcomes[: -len(self.items)] or of_items),
        )

    def _keep(self, coalition: Coalition, read: Sequence[Prediction]) -> None:
        import numpy as np

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
