"""Asks the LLM the test items, with the prompt of the survey's arm, which labels are likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.context import Ask
from amplify.contract.data import Task
from amplify.contract.errors import ProviderError
from amplify.contract.grammar import counted
from amplify.loop.answer.answer import NO_PROBABILITIES
from amplify.loop.answer.prior import Probabilities, label_probabilities
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import continuations, render


@dataclass(frozen=True)
class LikelyLabels:
    """How probable the LLM finds each label of the test items, by the item's id.

    An item whose call failed is left out. `failures` are the calls that failed.
    """

    probabilities: Mapping[str, Probabilities] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many calls failed; a prompt that a recording lacks is no call."""
        return sum(failure.kind != "unrecorded" for failure in self.failures)


def likely_label_requests(arm: Arm, prepared: PreparedArm, task: Task) -> list[Request]:
    """What the LLM is asked of the test items: the arm's prompt, behind which it ranks the labels.

    Where the arm's own answers are ranked too, these are its own requests, which are made once.
    """
    return render(replace(arm, answer="rank"), prepared, task.test, task.labels)


def ask_likely_labels(arm: Arm, requests: Sequence[Request], task: Task, ask: Ask) -> LikelyLabels:
    """How probable the LLM finds the labels of the test items, by these requests with `arm`.

    Raises ProviderError where the LLM answers none of them, or tells no probabilities.
    """
    outcomes = ask(requests)
    ranking = replace(arm, answer="rank")
    failures = tuple(outcome for outcome in outcomes if isinstance(outcome, Failure))
    known = {}
    for item, outcome in zip(task.test, outcomes, strict=True):
        if isinstance(outcome, Completion):
            by_continuation = continuations(ranking, item.labels(task.labels))
            known[item.id] = label_probabilities(outcome, by_continuation)
    if not any(known.values()):
        problem = failures[0].message if failures else NO_PROBABILITIES
        raise ProviderError(
            f"the labels of {counted(len(requests), 'test item')} have no probabilities: {problem}",
            where="survey",
            hint="llm.logprobs = true where the service has it, else leave out the arms whose"
            " selectors need them",
        )
    notes = [
        f"survey: the LLM was asked {counted(len(requests), 'test item')} with arm"
        f" {arm.plan_name}, without"
        " their labels, so that selectors know which labels it finds likely"
    ]
    if failures:
        notes.append(
            f"survey: {len(failures)} of {counted(len(requests), 'test item')} got no answer"
        )
    return LikelyLabels(known, failures, tuple(notes))
