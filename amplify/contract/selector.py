"""The role of a selector: it chooses demonstrations among the candidates.

A plugin declares it by `component.SelectorComponent`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from amplify.contract.data import Example
from amplify.contract.proxy import Scores

LIKELY = 0.5
"""A label is likely wrong above this probability of an error."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pool example, with what the survey and the explainer told of it.

    `scores` come from a proxy that never saw the example; `fold` names that proxy, and the same
    one explains the example. `answer` is the label that was read from the LLM's reply. `error`
    says whether the chosen error source was wrong about it; None where no source was asked. `mcs`
    is the misclassification confidence `p(foil) - p(truth)`, in [-1, 1]: above 0 exactly when the
    proxy prefers a wrong label. `drop` is what `p(truth)` loses without the explanation's top
    words; None unless the selector needs explanations. `label_error` is the probability that the
    example's label is wrong, where confident learning suspects it; None: it does not, or there are
    no scores. `features` are what the last layer of the proxy reads, for a selector that needs
    them.
    """

    example: Example
    scores: Scores | None = None
    fold: int = 0
    answer: str | None = None
    error: bool | None = None
    mcs: float | None = None
    drop: float | None = None
    label_error: float | None = None
    features: tuple[float, ...] = ()

    @property
    def likely_mislabelled(self) -> bool:
        """Whether the example's label is more likely wrong than right."""
        return self.label_error is not None and self.label_error > LIKELY


@dataclass(frozen=True, slots=True)
class QuerySurvey:
    """What proxy and LLM make of a test example, for a selector that needs it.

    `scores` are those of a proxy that never saw the example; `probabilities` holds each label with
    its probability, as the LLM gives them with the survey's prompt; it is empty where the call
    failed. Nothing in it depends on the true label.
    """

    scores: Scores | None = None
    probabilities: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """A selected example, with a rationale where the selector brings one."""

    example: Example
    rationale: str | None = None
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What a selector returns: shots in prompt order, and an instruction where it brings one.

    A selector that chooses for each test example leaves `shots` empty and fills `by_item`: the
    shots of each query by its id, best first.
    """

    shots: tuple[Shot, ...]
    instruction: str | None = None
    notes: tuple[str, ...] = ()
    by_item: Mapping[str, tuple[Shot, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """What the LLM answers to a pool example when it is shown some demonstrations.

    `answer` is None where its reply could not be read. `probabilities` holds each label with its
    probability; it is empty where the LLM tells none.
    """

    example: Example
    answer: str | None
    correct: bool
    probabilities: Mapping[str, float] = field(default_factory=dict)


class Try(Protocol):
    """Has the LLM answer pool examples with the arm's own prompt, for a selector."""

    def __call__(self, shots: Sequence[Candidate], items: Sequence[Candidate]) -> list[Trial]:
        """What the LLM answers to the `items`, in order, if it is shown the `shots`, best first.

        Each item is a call, journaled and counted. Items that are among the shots, or a twin of
        one, are not asked, and are missing in what is returned.
        """


class Selector(Protocol):
    """Ranks candidates."""

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example] = ()
    ) -> Selection:
        """At most `shots` of the candidates, best first. A pure function of its arguments.

        `queries` are the test examples, without their labels, for a selector that is declared
        `per_item`: it returns shots for each of them (`Selection.by_item`). Other selectors get
        none, and need not have the parameter. A selector that needs "trials" gets a `Try` as its
        fourth argument. One that needs "test-scores" or "test-probabilities" gets a `QuerySurvey`
        by the id of each query, as the keyword argument `surveyed`.
        """
