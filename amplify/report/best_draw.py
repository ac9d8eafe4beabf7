"""What a report says of the best draw of an arm, where one was chosen on the pool."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.guard.visible import visible
from amplify.loop.answer.score import ArmScore, DrawScore
from amplify.loop.compare.statistics import wilson


def best_draw(score: ArmScore) -> DrawScore | None:
    """The result of the best draw of an arm; None where none was chosen."""
    return next((draw for draw in score.draws if draw.draw == score.best_draw), None)


def as_arm(score: ArmScore, draw: DrawScore) -> ArmScore:
    """The result of the best draw as that of an arm, for a row of its own below that of the arm.

    It is of one prompt: its interval is over items alone.
    """
    return ArmScore(
        best_name(score.name, len(score.draws)),
        draw.items,
        draw.correct,
        draw.accuracy,
        wilson(draw.correct, draw.items),
        unparsed=0,
        errors=0,
        prepared=0,
        answers=draw.items,
    )


def best_name(arm: str, draws: int) -> str:
    """What the best of so many draws of an arm is called."""
    return f"{arm}, best of {draws}"


def choice_words(scores: Sequence[ArmScore]) -> str | None:
    """Which draws were chosen as the best, and by what; None where none was."""
    chosen = [
        f"draw {draw.draw} of {visible(score.name)} ({draw.pool_correct} of {draw.pool_items})"
        for score in scores
        if (draw := best_draw(score)) is not None
    ]
    if not chosen:
        return None
    return f"best: most right answers to pool items that no draw shows: {', '.join(chosen)}"
