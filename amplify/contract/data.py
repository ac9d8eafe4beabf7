"""The examples of a task, what is predicted of them, and what a run tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Option:
    """One answer option that an input lists; `start` and `end` delimit its content in the text."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled input. `text` is the raw input, exactly as it stands in a prompt.

    `options` is filled when the input itself lists lettered options: such an item is scored option
    by option. `question` delimits the part of the text before them (the whole text by default).
    """

    id: str
    text: str
    label: str
    options: tuple[Option, ...] = ()
    question: tuple[int, int] | None = None

    def labels(self, task_labels: tuple[str, ...]) -> tuple[str, ...]:
        """The labels open to this item: its own options, else those of the task."""
        return tuple(option.label for option in self.options) or task_labels


@dataclass(frozen=True, slots=True)
class Task:
    """A task with three disjoint splits: fit the proxy, pick demonstrations, measure.

    `labels` is empty for a task with open answers: it can be asked and scored, but no proxy can be
    fitted on it. `notes` are shown to the user (stray targets, twins that were found). `source`
    keeps where the data came from: path, sha256, and the like. `moulds` are the ids of items that
    come from one mould: a word tells them apart as a rule, so that none is a copy of another.
    """

    name: str
    instruction: str
    labels: tuple[str, ...]
    train: tuple[Example, ...] = ()
    pool: tuple[Example, ...] = ()
    test: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
    moulds: tuple[str, ...] = ()


How = Literal["stated", "opened", "mentioned", "forced", "unread"]
"""The kind of evidence for an answer: the reply states it, opens with it or mentions it alone; the
label was asked for, so that the LLM could give nothing else; or no label could be read."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What an arm made of one test item.

    `status`: "answered"; "unparsed" (a reply that no label could be read from: wrong, and shown);
    "refused" (the model or a content filter declined to answer: wrong, and shown apart); "failed"
    (the call failed: wrong, shown apart, asked again on resume); "prepared" (the prompt stands
    ready, nobody answered it: not scored); "abstained" (the LLM was less sure of its likeliest
    label than the arm asks for: not right, and counted apart).

    `draw` numbers the draws of the arm's demonstrations, from 1; 0 is the only draw. `how` tells
    how the reply was read; it is empty where no reply was read. `probabilities` holds each label
    with its probability, calibrated where the arm says so; it is empty where the LLM told none.
    `second_reply` is what the LLM answered when it was asked for its answer once more, as no label
    could be read from the `reply`; None where it was not. `votes` holds, where the item was asked
    several times, the answers with how often each was given, None for replies that gave none; the
    prediction is then the majority vote.
    """

    arm: str
    item: str
    label: str
    answer: str | None
    status: Literal["answered", "unparsed", "refused", "failed", "prepared", "abstained"]
    correct: bool
    reply: str = ""
    error: str = ""
    draw: int = 0
    how: How | Literal[""] = ""
    probabilities: tuple[tuple[str, float], ...] = ()
    second_reply: str | None = None
    votes: tuple[tuple[str | None, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What observers are told: "started", "prepared", "predicted" or "finished", with details."""

    kind: Literal["started", "prepared", "predicted", "finished"]
    data: Mapping[str, Any] = field(default_factory=dict)
