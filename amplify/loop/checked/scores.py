"""A proxy's scores: one for each example, of labels that are open to it, probabilities that sum
to 1, and logits that rank the labels as these do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from amplify.contract.data import Example
from amplify.contract.grammar import counted
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import a, number, several, texts
from amplify.contract.proxy import Scores

ROUNDED = 0.01
"""How far a sum of probabilities may be from 1: those of half precision are."""

FLOATS = {float}

DIVERGED = "its training may have diverged: try a lower learning rate or fewer epochs"

UNNORMALISED = "probabilities are a softmax of the logits, not scores as they come"


def check_scores(
    value: object, examples: Sequence[Example], task_labels: tuple[str, ...] | None
) -> list[Scores]:
    """The scores, in order of the examples; `task_labels` are None where the proxy knows none."""
    scores = several(value, "what predict returns", most=len(examples))
    if len(scores) != len(examples):
        raise Wrong(
            f"returned {counted(len(scores), 'score')} for {counted(len(examples), 'example')}"
        )
    task = task_labels or ()
    return [
        # A record of our own, which nobody can change later on.
        Scores(known, of_example.logits, of_example.probabilities)
        if _plain(of_example, known := e.labels(task))
        else _check(of_example, e, known)
        for of_example, e in zip(scores, examples, strict=True)
    ]


def _plain(value: object, known: tuple[str, ...]) -> bool:
    """Whether scores are right at first glance, as nearly all are: proxies give very many."""
    if type(value) is not Scores or not known or known != value.labels:
        return False
    logits, chances = value.logits, value.probabilities
    if type(logits) is not tuple or type(chances) is not tuple:
        return False
    if not len(logits) == len(chances) == len(known) or {*map(type, logits + chances)} != FLOATS:
        return False
    most = max(chances)
    return (
        min(chances) >= 0
        and abs(sum(chances) - 1) <= ROUNDED
        and math.isfinite(sum(logits))
        and most - chances[logits.index(max(logits))] <= ROUNDED
    )


def _check(value: object, example: Example, known: tuple[str, ...]) -> Scores:
    item = example.id
    scores = a(Scores, value, "a member of what predict returns", item)
    labels = scores.labels
    if type(labels) is tuple and labels and labels == known:
        labels = known
    else:
        labels = texts(labels, "the scores' labels", item)
        _check_labels(labels, known, example)
    logits = _numbers(scores.logits, "logit", len(labels), item)
    chances = _numbers(scores.probabilities, "probability", len(labels), item)
    if not -ROUNDED <= min(chances) <= max(chances) <= 1 + ROUNDED:
        shown = ", ".join(f"{chance:.4g}" for chance in chances[:5])
        raise Wrong(f"probabilities are between 0 and 1, not {shown}", item, UNNORMALISED)
    total = math.fsum(chances)
    if abs(total - 1) > ROUNDED:
        raise Wrong(f"the probabilities sum to {total:.4g}, not to 1", item, UNNORMALISED)
    best = max(range(len(labels)), key=logits.__getitem__)
    if max(chances) - chances[best] > ROUNDED:
        raise Wrong(
            f"the logits rank {labels[best]!r} first, the probabilities"
            f" {labels[chances.index(max(chances))]!r}",
            item,
        )
    return Scores(labels, logits, chances)


def _check_labels(labels: tuple[str, ...], known: tuple[str, ...], example: Example) -> None:
    if not labels or len(set(labels)) < len(labels):
        raise Wrong(f"the scores' labels are {labels!r:.80}: one score for each label", example.id)
    strange = [label for label in labels if known and label not in known]
    if strange:
        raise Wrong(f"scores the label {strange[0]!r}, which is not open to it", example.id)
    if example.label in known and example.label not in labels:
        raise Wrong(f"has no score for the label {example.label!r}", example.id)


def _numbers(values: object, what: str, count: int, item: str) -> tuple[float, ...]:
    members = several(values, f"what holds each {what}", item)
    if len(members) != count:
        raise Wrong(
            f"has {counted(count, 'label')}, but {counted(len(members), 'number')} for the"
            f" {what} of each",
            item,
        )
    if all(type(member) is float for member in members) and all(map(math.isfinite, members)):
        return members
    try:
        return tuple(number(member, f"a {what}", item) for member in members)
    except Wrong as wrong:
        if "finite" in wrong.message:
            wrong.hint = DIVERGED
        raise
