"""What the parts of a prompt add to the LLM's answer to one item, by an explainer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from amplify.contract.explainer import Explanation
from amplify.contract.template import Faithfulness
from amplify.loop.audit.faithfulness import Report, faithfulness_report, word_scores
from amplify.loop.worth.prompt_parts import Kind, PromptParts


@dataclass(frozen=True)
class PartShare:
    """What one part adds to the answer: its `share`; below 0, it speaks for another label.

    `place` is that of the demonstration in the prompt, or where the word begins in the item or in
    the instruction; `text` is the id of the demonstration's example, or the word.
    """

    place: int
    text: str
    share: float


@dataclass(frozen=True)
class PartsAttribution:
    """What the parts of one `kind` add to an answer.

    `bare` is the value of the answer without any of them. The shares of methods that share a value
    out add up to the value of the whole prompt less `bare`, but for the `gap`. `faithfulness` is
    what the answer's probability loses without the parts of the largest shares, and without random
    ones (None: all shares are equal, so that they rank nothing).
    """

    kind: Kind
    bare: float
    shares: tuple[PartShare, ...]
    gap: float
    faithfulness: Faithfulness | None


@dataclass(frozen=True)
class AnswerAttribution:
    """What the LLM's `answer` to one item rests on: `text` is the item's, `label` its true label.

    `value` is that of the answer by the whole prompt, in log-odds or as a probability.
    """

    item: str
    text: str
    label: str
    answer: str
    value: float
    parts: tuple[PartsAttribution, ...]

    def of(self, kind: Kind) -> PartsAttribution | None:
        """The shares of the parts of this kind; None where the prompt has none."""
        return next((parts for parts in self.parts if parts.kind == kind), None)


@dataclass(frozen=True)
class AnswerAttributions:
    """The attributed answers of one `draw` of an `arm`, by the explainer called `method`.

    `of` says what the values are. `checks` holds by the kind of parts whether the attributions are
    better than random ones. `errors` counts answers that could not be attributed as a call failed.
    `whole` says that all was asked that was to be asked, `requests` counts the different prompts.
    """

    arm: str
    draw: int
    method: str
    of: Literal["log-odds", "probability"]
    answers: tuple[AnswerAttribution, ...]
    checks: Mapping[Kind, Report]
    errors: int = 0
    whole: bool = True
    requests: int = 0


def parts_attribution(
    parts: PromptParts,
    explanation: Explanation,
    value: float,
    bare: float,
    faithfulness: Faithfulness | None,
) -> PartsAttribution:
    """The shares that an explanation of an answer gives the parts.

    `value` is that of the answer by the whole prompt, `bare` that without any of the parts.
    """
    scores = word_scores(explanation)
    shares = tuple(
        PartShare(*name, scores[word]) for word, name in parts.names.items() if word in scores
    )
    gap = value - bare - sum(scores.values())
    return PartsAttribution(parts.kind, bare, shares, gap, faithfulness)


def checks_of(answers: Sequence[AnswerAttribution]) -> dict[Kind, Report]:
    """By the kind of parts whether the attributions are better than random ones."""
    kinds = dict.fromkeys(parts.kind for parts in chain(*(answer.parts for answer in answers)))
    checks = {
        kind: faithfulness_report(
            p.faithfulness for answer in answers for p in answer.parts if p.kind == kind
        )
        for kind in kinds
    }
    return {kind: check for kind, check in checks.items() if check is not None}
