"""Lets a selector try demonstrations: the LLM answers pool items with the arm's own prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Example, Prediction, Task
from amplify.contract.errors import ProviderError
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import a, several
from amplify.contract.selector import Candidate, Selection, Shot, Trial
from amplify.loop.answer.answer import predictions
from amplify.loop.answer.ask_again import second_calls, with_second_reply
from amplify.loop.answer.calibrate import context_requests, no_probabilities, prior_of
from amplify.loop.answer.prior import Prior
from amplify.loop.audit.leakage import find_leaks
from amplify.loop.checked.copies import example_apart
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.setup import Setup

FAILED_HINT = "amplify run --resume asks again what failed"


class Trials:
    """A `Try` for the selector of an arm, which counts its `calls`, and keeps what was `shown`.

    `candidates` are those that the selector is given; `write` makes of a selection the arm with
    its demonstrations. A reply is read as the arm reads its own; an arm that calibrates by a batch
    does so here by the replies of the trial itself.
    """

    def __init__(
        self,
        setup: Setup,
        arm: Arm,
        candidates: Sequence[Candidate],
        write: Callable[[Selection], PreparedArm],
    ) -> None:
        self.setup = setup
        self.arm = arm
        self.candidates = {candidate.example.id: candidate for candidate in candidates}
        self.write = write
        self.calls = 0
        self.shown: dict[str, Example] = {}

    def __call__(self, shots: Sequence[Candidate], items: Sequence[Candidate]) -> list[Trial]:
        """What the LLM answers to the items if it is shown the shots, best first."""
        setup, arm, task = self.setup, self.arm, self.setup.task
        chosen = tuple(Shot(c.example, candidate=c) for c in self._known(shots, "the shots"))
        offered = [candidate.example for candidate in self._known(items, "the items")]
        shown = [shot.example for shot in chosen]
        hidden = {leak.test.id for leak in find_leaks(offered, shown, task.moulds)}
        examples = [example for example in offered if example.id not in hidden]
        if not examples:
            return []
        prepared = self.write(Selection(chosen))
        self.shown |= {example.id: example for example in shown}
        requests = render(arm, prepared, examples, task.labels)
        setup.room.require(arm.name, requests)
        outcomes = self._ask(requests)
        prior = self._prior(prepared, outcomes)
        read = predictions(arm, examples, outcomes, task.labels, setup.method.parser, prior)
        read = self._ask_again(requests, read, replace(task, test=tuple(examples)))
        return [
            Trial(
                example_apart(example),
                prediction.answer,
                prediction.correct,
                dict(prediction.probabilities),
            )
            for example, prediction in zip(examples, read, strict=True)
        ]

    def _known(self, given: object, what: str) -> list[Candidate]:
        """The candidates, as they were before they were given away; Wrong for others."""
        known = []
        for candidate in several(given, what, most=len(self.candidates)):
            name = a(Example, a(Candidate, candidate, what).example, what).id
            if name not in self.candidates:
                raise Wrong(f"tries an example among {what} that is none of the candidates", name)
            known.append(self.candidates[name])
        if len({candidate.example.id for candidate in known}) < len(known):
            raise Wrong(f"tries an example twice among {what}")
        return known

    def _ask(self, requests: Sequence[Request]) -> list[Completion]:
        """The replies; ProviderError where a call failed: without it sets cannot be compared."""
        outcomes = (self.setup.ask_trials or self.setup.ask)(requests)
        self.calls += len(requests)
        replies = []
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Failure):
                raise ProviderError(
                    f"{request.item} was not answered while demonstrations were tried:"
                    f" {outcome.message}",
                    where=f"arm {self.arm.name!r}",
                    hint=FAILED_HINT,
                )
            replies.append(outcome)
        return replies

    def _ask_again(
        self, requests: Sequence[Request], read: list[Prediction], tried: Task
    ) -> list[Prediction]:
        """The predictions, those that could not be read by a second call where the arm makes any.

        The items are the test items of the task `tried`.
        """
        second = second_calls(self.arm, tried, requests, read, self.setup.room)
        replies = self._ask([call.request for call in second]) if second else []
        for call, reply in zip(second, replies, strict=True):
            place = call.place
            item = tried.test[place]
            read[place] = with_second_reply(self.arm, item, read[place], reply, tried)
        return read

    def _prior(self, prepared: PreparedArm, replies: Sequence[Completion]) -> Prior | None:
        """The prior of an arm that calibrates."""
        arm, task = self.arm, self.setup.task
        if arm.calibrate == "none":
            return None
        if arm.calibrate == "context":
            replies = self._ask(context_requests(arm, prepared, task))
        prior = prior_of(arm, replies, task)
        assert isinstance(prior, Prior)  # no reply is a failure
        if not prior.probabilities:
            raise no_probabilities(arm.plan_name)
        return prior
