"""A proxy's scores: one for each example, of labels that are open to it, probabilities that sum
to 1, and logits that rank the labels as these do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from amplify.contract.data import Example
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import a, number, several, texts
from amplify.contract.proxy import Scores

ROUNDED = 0.01
"""How far a sum of probabilities may be from 1: those of half precision are."""

FLOATS = {float}

DIVERGED = "its training may have diverged: try a lower learning rate or fewer epochs"

UNNORMALISED = "probabilities are a softmax of the logits, not scores as they come"


def check_scores(
    found: object, examples: Sequence[Example], task_labels: tuple[str, ...] | None
) -> list[Scores]:
    """The scores, in order of the examples; `task_labels` are None where the proxy knows none."""
    every = several(found, "what predict returns", most=len(examples))
    if len(every) != len(examples):
        raise Wrong(f"returned {len(every)} scores for {len(examples)} examples")
    task = task_labels or ()
    return [
        # A record of our own, which nobody can change later on.
        Scores(known, one.logits, one.probabilities)
        if _plain(one, known := e.labels(task))
        else _check(one, e, known)
        for one, e in zip(every, examples, strict=True)
    ]


def _plain(found: object, known: tuple[str, ...]) -> bool:
    """Whether scores are right at first glance, as nearly all are: proxies give very many."""
    if type(found) is not Scores or not known or known != found.labels:
        return False
    logits, chances = found.logits, found.probabilities
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


def _check(found: object, example: Example, known: tuple[str, ...]) -> Scores:
    item = example.id
    scores = a(Scores, found, "a member of what predict returns", item)
    labels = scores.labels
    if type(labels) is tuple and labels and labels == known:
        labels = known
    else:
        labels = texts(labels, "the scores' labels", item)
        _check_labels(labels, known, example)
    logits = _numbers(scores.logits, "logit", len(labels), item)
    chances = _numbers(scores.probabilities, "probability", len(labels), item)
    if not -ROUNDED <= min(chances) <= max(chances) <= 1 + ROUNDED:
        told = ", ".join(f"{chance:.4g}" for chance in chances[:5])
        raise Wrong(f"probabilities are between 0 and 1, not {told}", item, UNNORMALISED)
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
    made = several(values, f"what holds each {what}", item)
    if len(made) != count:
        raise Wrong(f"has {count} labels, but {len(made)} numbers for the {what} of each", item)
    if all(type(one) is float for one in made) and all(map(math.isfinite, made)):
        return made
    try:
        return tuple(number(one, f"a {what}", item) for one in made)
    except Wrong as wrong:
        if "finite" in wrong.message:
            wrong.hint = DIVERGED
        raise
