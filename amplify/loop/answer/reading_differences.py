"""Finds the arms whose replies were read otherwise than those of the focus."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.statistics import LEVEL, fisher, holm

LEAST = 0.05
"""Shares that differ by no more than this are not told."""

KINDS = {
    "are unread": ("unread",),
    "do not state their answer, but open with a label or mention it": ("opened", "mentioned"),
}
"""What is told of replies, with the ways of reading (`Prediction.how`) that it is true of."""


def reading_notes(scores: Sequence[ArmScore], focus: str) -> list[str]:
    """A note on each arm whose replies were read otherwise than those of the focus.

    Told is a share of unread replies, or of replies that state no answer, which differs by more
    than 5 points and by Fisher's exact test, with Holm over all that is tested. Draws answer the
    same items, so that the mean count of a draw is tested.
    """
    by_name = {score.name: score for score in scores if score.read}
    if focus not in by_name:
        return []
    ours = by_name.pop(focus)
    pairs = [(words, hows, theirs) for theirs in by_name.values() for words, hows in KINDS.items()]
    adjusted = holm([_p_value(ours, theirs, hows) for _, hows, theirs in pairs])
    return [
        f"{ours.name}: {_count(ours, hows):,} of {_replies(ours):,} replies {words},"
        f" {theirs.name}: {_count(theirs, hows):,} of {_replies(theirs):,}: that alone may be their"
        " difference"
        for (words, hows, theirs), p_value in zip(pairs, adjusted, strict=True)
        if p_value < LEVEL and abs(_share(ours, hows) - _share(theirs, hows)) > LEAST
    ]


def reading_words(scores: Sequence[ArmScore], focus: str) -> str:
    """How each arm's replies were read, in a line; empty where the arms do not differ."""
    if not reading_notes(scores, focus):
        return ""
    counts = [
        f"{score.name} " + ", ".join(f"{count:,} {how}" for how, count in score.read.items())
        for score in scores
        if score.read
    ]
    return f"how replies were read: {'; '.join(counts)}"


def _count(score: ArmScore, hows: Sequence[str]) -> int:
    return sum(score.read.get(how, 0) for how in hows)


def _replies(score: ArmScore) -> int:
    return sum(score.read.values())


def _share(score: ArmScore, hows: Sequence[str]) -> float:
    return _count(score, hows) / _replies(score)


def _p_value(ours: ArmScore, theirs: ArmScore, hows: Sequence[str]) -> float:
    counts: list[int] = []
    for score in (ours, theirs):
        items = min(score.items, _replies(score))
        counts += [round(_share(score, hows) * items), items]
    return fisher(*counts)
