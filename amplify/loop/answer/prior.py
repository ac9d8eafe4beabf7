"""Turns the log-probabilities of labels into probabilities, and corrects these by a prior."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from amplify.contract.calls import Completion, Failure

Probabilities = Mapping[str, float]
"""The probability of each label; empty where not every label has one."""

Priors = Mapping[str, "Prior | Failure"]
"""By the name of each draw of an arm that calibrates its prior, or the failure of calls for it."""

SMALLEST_SHARE = 0.01
"""A prior counts as no less than this part of an equal share, so that a label that the model hardly
ever gives is not made the likeliest by the last digits of its probability."""


@dataclass(frozen=True)
class Prior:
    """What the LLM gives each label before it knows the text: its preference among the labels.

    `probabilities` is the mean over the replies to `prompts` prompts that told the probability of
    every label; empty where none did.
    """

    prompts: int = 0
    probabilities: Probabilities = field(default_factory=dict)


def label_probabilities(reply: Completion, labels: Mapping[str, str]) -> dict[str, float]:
    """The probabilities of the labels: the softmax over what the reply tells of each.

    `labels` holds the labels by their continuations, which are the names in the reply. Nothing
    where the reply lacks one of them, or gives none any probability.
    """
    logs = dict(reply.logprobs)
    if not labels or not labels.keys() <= logs.keys():
        return {}
    highest = max(logs[continuation] for continuation in labels)
    if not math.isfinite(highest):
        return {}
    return _normalised(
        {label: math.exp(logs[continuation] - highest) for continuation, label in labels.items()}
    )


def estimate_prior(replies: Iterable[Completion], labels: Mapping[str, str]) -> Prior:
    """The mean of the labels' probabilities over these replies.

    Over the replies to inputs without content it is that of contextual calibration (Zhao et al.
    2021, arXiv 2102.09690), over those to a batch of inputs that of batch calibration (Zhou et al.
    2023, arXiv 2309.17249). `labels` holds the labels by their continuations.
    """
    shares = [known for reply in replies if (known := label_probabilities(reply, labels))]
    if not shares:
        return Prior()
    count = len(shares)
    means = {label: math.fsum(each[label] for each in shares) / count for label in shares[0]}
    return Prior(count, means)


def calibrated(probabilities: Probabilities, prior: Probabilities) -> dict[str, float]:
    """The probabilities divided by those of the prior, normalised.

    It is the correction of contextual and of batch calibration alike: the matrix W of Zhao et al.
    (2021) is diagonal and holds the inverse of the prior, the vector b is 0.
    """
    least = SMALLEST_SHARE / len(prior)
    return _normalised(
        {label: share / max(prior[label], least) for label, share in probabilities.items()}
    )


def likeliest(probabilities: Probabilities) -> str:
    """The label with the highest probability, the first of several."""
    return max(probabilities, key=lambda label: probabilities[label])


def _normalised(weights: Mapping[str, float]) -> dict[str, float]:
    total = math.fsum(weights.values())
    return {label: weight / total for label, weight in weights.items()}
