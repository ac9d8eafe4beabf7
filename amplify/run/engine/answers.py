"""Gathers what the arms' requests came to: predictions, tokens, notes and failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Prediction, Task
from amplify.contract.grammar import counted
from amplify.loop.answer.answer import predictions
from amplify.loop.answer.ask_again import (
    SecondCallCounts,
    most_second_requests,
    second_calls,
    with_second_reply,
)
from amplify.loop.answer.calibrate import prior_notes, prior_of, require_probabilities
from amplify.loop.answer.choose import DrawChoice, unanswered_note
from amplify.loop.answer.prior import Prior
from amplify.loop.answer.repeats import vote
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.repeats import ByRepeat
from amplify.loop.setup import Room
from amplify.run.cost.usage import is_told
from amplify.run.engine.engine import Outcome
from amplify.run.store.failure_reasons import failures_of

Asking = Callable[[Sequence[Request], str], list[Outcome]]
"""Asks the LLM, in a phase that the text names."""


@dataclass
class Answers:
    """By the arm's name in the plan its predictions, a list for each draw, and its tokens.

    `on_pool` holds, in the same way, the answers to the pool items by which a draw is chosen, and
    `priors`, by the draw's name, the priors of arms that calibrate. `second_calls` counts those of
    arms that ask again where they read nothing. Of these `not_made` holds the second calls that
    were not made as the run stopped, and `may_follow` those that calls yet to be made may need.
    `notes` are on replies, `failures` the calls that failed.
    """

    predictions: dict[str, dict[int, list[Prediction]]] = field(default_factory=dict)
    on_pool: dict[str, dict[int, list[Prediction]]] = field(default_factory=dict)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    priors: dict[str, Prior | Failure] = field(default_factory=dict)
    second_calls: dict[str, SecondCallCounts] = field(default_factory=dict)
    not_made: list[Request] = field(default_factory=list)
    may_follow: list[Request] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def add_priors(
        self,
        arms: Mapping[str, Arm],
        requests: Mapping[str, Sequence[Request]],
        outcomes: Sequence[Outcome],
        task: Task,
    ) -> None:
        """Estimate the priors of an arm's draws from what came of the requests for them.

        `requests` are by the draw's name, and `outcomes` of all of them, one draw after the other.
        Raises ProviderError where no reply tells the probabilities that a prior takes.
        """
        remaining = iter(outcomes)
        priors = {
            name: prior_of(arms[name], list(islice(remaining, len(of_draw))), task)
            for name, of_draw in requests.items()
        }
        self.priors |= priors
        self.notes += prior_notes(priors)
        self.failures += failures_of(outcomes)
        require_probabilities(arms[next(iter(requests))].plan_name, priors)

    def add(
        self,
        arm: Arm,
        requests: ByRepeat,
        outcomes: Sequence[Outcome],
        task: Task,
        parser: str,
        room: Room,
        ask: Asking,
    ) -> list[Prediction]:
        """Read the outcomes of an arm's draw, whose requests are over the test items, and take the
        vote where these were asked several times.

        `outcomes` are those of each repeat, one repeat after the other. Where the arm asks again
        what it cannot read, `ask` does it; `room` is that of the model.
        """
        prior = self.priors.get(arm.name)
        remaining = iter(outcomes)
        by_repeat, outcomes = [], list(outcomes)
        for of_repeat in requests:
            first = list(islice(remaining, len(of_repeat)))
            repeat = predictions(arm, task.test, first, task.labels, parser, prior)
            self.failures += failures_of(first, repeat)
            second, repeat = self._ask_again(arm, of_repeat, repeat, task, room, ask)
            outcomes += second
            by_repeat.append(repeat)
        read = vote(by_repeat)
        tokens = count_tokens(outcomes)
        replies = [outcome for outcome in outcomes if isinstance(outcome, Completion)]
        self.predictions.setdefault(arm.plan_name, {})[arm.draw] = read
        self.outcomes.setdefault(arm.plan_name, []).extend(outcomes)
        self.notes += [
            f"arm {arm.name}: {counted(count, 'reply', 'replies')} {note}"
            for note, count in Counter(reply.note for reply in replies if reply.note).items()
        ]
        self.notes += token_notes(arm.name, tokens, len(replies))
        return read

    def _ask_again(
        self,
        arm: Arm,
        requests: Sequence[Request],
        read: list[Prediction],
        task: Task,
        room: Room,
        ask: Asking,
    ) -> tuple[list[Outcome], list[Prediction]]:
        """The outcomes of the second calls of an arm's draw, and the predictions by all calls."""
        if arm.unread == "count":
            return [], read
        self._follow(arm, requests, task, read)
        calls = second_calls(arm, task, requests, read, room)
        phase = f"ask unread replies again ({arm.name})"
        outcomes = ask([call.request for call in calls], phase) if calls else []
        counts = self.second_calls.setdefault(arm.plan_name, SecondCallCounts())
        counts.unread += sum(prediction.status == "unparsed" for prediction in read)
        counts.asked += sum(isinstance(outcome, Completion) for outcome in outcomes)
        read = list(read)
        for call, outcome in zip(calls, outcomes, strict=True):
            place = call.place
            read[place] = with_second_reply(arm, task.test[place], read[place], outcome, task)
            counts.read += read[place].status == "answered"
            if isinstance(outcome, Failure):
                left = self.not_made if outcome.kind == "stopped" else self.may_follow
                left.append(call.request)
        self.failures += failures_of(outcomes)
        return outcomes, read

    def _follow(
        self, arm: Arm, requests: Sequence[Request], task: Task, read: list[Prediction]
    ) -> None:
        """Keep the second calls on what was not answered: those that may follow on a resume."""
        open_places = [n for n, p in enumerate(read) if p.status in ("prepared", "failed")]
        self.may_follow += most_second_requests(
            arm, [task.test[n] for n in open_places], [requests[n] for n in open_places], task
        )

    def add_choice(
        self, choice: DrawChoice, name: str, outcomes: Sequence[Outcome], task: Task, parser: str
    ) -> None:
        """Read the outcomes of what an arm of this name is asked to choose its best draw."""
        by_draw = choice.read(name, outcomes, task, parser, self.priors)
        read = list(chain(*by_draw.values()))
        note = unanswered_note(name, read)
        self.on_pool[name] = by_draw
        self.notes += [] if note is None else [note]
        self.failures += failures_of(outcomes, read)

    def has_any(self, name: str) -> bool:
        """Whether any test item of this arm of the plan was answered."""
        return any(p.status != "prepared" for p in chain(*self.predictions[name].values()))

    def priors_of(self, arms: Iterable[Arm]) -> dict[str, list[tuple[int, Prior]]]:
        """By the plan's name of each arm that has any the priors of its draws, by their number."""
        priors: dict[str, list[tuple[int, Prior]]] = {}
        for arm in arms:
            prior = self.priors.get(arm.name)
            if isinstance(prior, Prior):
                priors.setdefault(arm.plan_name, []).append((arm.draw, prior))
        return priors

    @property
    def tokens(self) -> dict[str, dict[str, int | None]]:
        """The tokens of each arm's replies, over all draws."""
        return {name: count_tokens(outcomes) for name, outcomes in self.outcomes.items()}

    def by_draw(self, seed: int) -> dict[str, ByDraw]:
        """The predictions of each arm by draw, in a run of this seed."""
        return {
            name: {(seed, draw): read for draw, read in draws.items()}
            for name, draws in self.predictions.items()
        }


def count_tokens(outcomes: Sequence[Completion | Failure]) -> dict[str, int | None]:
    """The tokens of an arm's replies, those of first replies whose second call failed included;
    None where the provider told of none.

    `untold` counts the replies that are in no sum, or not in both, where others are: it did not
    tell theirs.
    """
    usages = [outcome.usage for outcome in outcomes if outcome.usage is not None]
    totals: dict[str, int | None] = {}
    for key in ("input", "output", "cached"):
        counts = [value for usage in usages if (value := getattr(usage, key)) is not None]
        totals[key] = sum(counts) if counts else None
    untold = sum(not is_told(usage) for usage in usages)
    if untold and (totals["input"], totals["output"]) != (None, None):
        totals["untold"] = untold
    return totals


def token_notes(arm: str, tokens: Mapping[str, int | None], replies: int) -> list[str]:
    """A note where the provider told the tokens of a part of an arm's replies alone."""
    if not tokens.get("untold"):
        return []
    return [
        f"arm {arm}: {tokens['untold']:,} of {replies:,} replies told no token counts, or not both:"
        " its tokens are more than those that are counted"
    ]
