"""What a finished prompt makes of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from amplify.contract.data import Prediction

Status = Literal["answered", "unparsed", "refused", "failed", "prepared", "abstained"]


@dataclass(frozen=True, slots=True)
class Labelling:
    """The label of a text; None where the LLM gave none, and `status` says why.

    `status` is "answered", "unparsed" (no label could be read from the reply), "refused" (by the
    model or a filter), "failed" (the call failed, `error` says why), "prepared" (it was not asked)
    or "abstained" (the LLM was less sure of its likeliest label than the prompt asks for).
    `probabilities` holds each label with its probability, calibrated where the prompt calibrates;
    it is empty where the LLM told none. `reply` is what the LLM wrote.
    """

    label: str | None
    status: Status
    probabilities: Mapping[str, float] = field(default_factory=dict)
    reply: str = ""
    error: str = ""

    @classmethod
    def of(cls, prediction: Prediction) -> Labelling:
        """The labelling that a prediction tells of; its true label plays no part."""
        label = prediction.answer if prediction.status == "answered" else None
        return cls(
            label,
            prediction.status,
            dict(prediction.probabilities),
            prediction.reply,
            prediction.error,
        )
