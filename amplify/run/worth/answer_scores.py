"""The LLM's answer to one item as the scores of a proxy, so that any explainer can attribute it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from amplify.contract.calls import Completion, Failure, Prompt, Request
from amplify.contract.data import Example
from amplify.contract.errors import ProviderError
from amplify.contract.proxy import Scores
from amplify.loop.answer.answer import NO_PROBABILITIES
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.render import continuations, render
from amplify.loop.worth.prompt_parts import PromptParts, Shown
from amplify.run.engine.engine import Outcome

MOST_LOG_ODDS = 50.0
"""Larger log-odds, of either sign, count as these: they have no bound."""


Requiring = Callable[[Sequence[Request], str], list[Outcome]]
"""Asks the LLM, in a phase that the text names; raises where not all is answered."""


@dataclass(frozen=True)
class RankedLabels:
    """Asks the LLM how probable it finds each label behind prompts of an arm.

    `labels` are the task's, `require` is the engine's, and `asked` holds the prompts.
    """

    require: Requiring
    arm: Arm
    labels: tuple[str, ...]
    asked: set[Prompt] = field(default_factory=set)

    def ask(self, shown: Sequence[Shown]) -> list[dict[str, float]]:
        """The log-probability of each label that is open to the item, for each prompt.

        RunStopped where the run was stopped before; ProviderError where a call failed, or the LLM
        does not tell how probable a label is.
        """
        requests = [
            request
            for prepared, item in shown
            for request in render(self.arm, prepared, [item], self.labels)
        ]
        outcomes = self.require(requests, "score answers")
        self.asked.update(request.prompt for request in requests)
        return [self._read(item, o) for (_, item), o in zip(shown, outcomes, strict=True)]

    def _read(self, item: Example, outcome: Completion | Failure) -> dict[str, float]:
        where = f"item {item.id}"
        if isinstance(outcome, Failure):
            raise ProviderError(f"a call failed: {outcome.message}", where=where)
        told = dict(outcome.logprobs)
        names = continuations(self.arm, item.labels(self.labels))
        if len(names) < 2 or not names.keys() <= told.keys():
            raise ProviderError(NO_PROBABILITIES, where=where)
        return {label: told[name] for name, label in names.items()}


@dataclass(frozen=True)
class AnswerScores:
    """A proxy whose texts are those of `parts`: it scores the `answer` against all other labels.

    The score of a text is that of the prompt which shows the parts whose words the text still has.
    Its logits are the log-odds of the answer, and 0 for the other labels together, so that an
    explainer of logits, with a foil or without, attributes log-odds.
    """

    ranked: RankedLabels
    parts: PromptParts
    answer: str

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """The scores of the answer for each text; raises as `RankedLabels.ask` does."""
        shown = [self.parts.prompt_of(example) for example in examples]
        return [self._scores(log_odds(logs, self.answer)) for logs in self.ranked.ask(shown)]

    def _scores(self, odds: float) -> Scores:
        probability = 1 / (1 + math.exp(-odds))
        labels = (self.answer, others(self.answer))
        return Scores(labels, (odds, 0.0), (probability, 1 - probability))


def others(answer: str) -> str:
    """What all labels but the answer are called together."""
    return f"not {answer}"


def log_odds(logs: Mapping[str, float], answer: str) -> float:
    """The log-odds of a label among some: that of its probability to the sum of all others'.

    `logs` holds the logarithm of a number in proportion to each label's probability.
    """
    others = [log for label, log in logs.items() if label != answer]
    highest = max(others)
    if not math.isfinite(highest):
        return MOST_LOG_ODDS
    rest = highest + math.log(math.fsum(math.exp(log - highest) for log in others))
    return max(-MOST_LOG_ODDS, min(MOST_LOG_ODDS, logs[answer] - rest))
