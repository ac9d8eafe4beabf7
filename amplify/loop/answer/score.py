"""Scores an arm: its accuracy with an interval, and counts of unparsed replies and failed calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import stdev
from typing import get_args

from amplify.contract.data import How, Prediction
from amplify.contract.grammar import counted
from amplify.loop.answer.class_scores import Metrics, measure_classes
from amplify.loop.answer.confidence import Confidence, measure_confidence
from amplify.loop.answer.repeats import Stability, measure_stability
from amplify.loop.compare.best import best_of, choose_best
from amplify.loop.compare.crossed import crossed
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.statistics import wilson


@dataclass(frozen=True)
class DrawScore:
    """The result of one draw: so many of its answers, one an item, are right.

    `pool_items` are the pool items that were asked to choose the best draw, and `pool_correct` how
    many of these answers are right; None where not all of them were answered, or none was asked.
    """

    seed: int
    draw: int
    items: int
    correct: int
    pool_items: int | None = None
    pool_correct: int | None = None

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return self.correct / self.items


@dataclass(frozen=True)
class ArmScore:
    """An arm's result.

    Items that nobody answered because their prompt has no recorded reply (`prepared`) are not
    scored; unparsed and refused replies and failed calls are wrong, and counted apart; so are those
    on which the arm `abstained`, which are not right. All counts
    are over all draws: `correct` of `answers` were right, to `items` different items. `accuracy` is
    their share, with equal items in all draws the mean over draws; its 95% `interval` is Wilson's
    for one draw, and for several that of `crossed`, over draws and items. Both are None where
    nothing was scored, the interval also where nothing can be estimated.

    `draws` are the results of the draws, empty where there is one; `draws_none` says that the arm
    draws no demonstrations, so that there is no other draw of it.

    `best_draw` is the draw that was chosen as the best by its answers to pool items (0: none was),
    and `best_of` the mean accuracy on the test items of the best of k draws, for k from 1 to the
    number of draws; empty where none was chosen. `read` counts the replies by how they were read
    (`Prediction.how`), those that could not be read included. `pool_errors` counts the calls on
    these pool items that failed, `pool_prepared` the prompts on them that nobody answered.

    `stability` tells how often answers flip; None where each item was asked once.
    `confidence` tells how well the labels' probabilities fit what is right; None where the LLM told
    none. `metrics` has the figures of each label; None where nothing was scored, or the answers are
    open.
    """

    name: str
    items: int
    correct: int
    accuracy: float | None
    interval: tuple[float, float] | None
    unparsed: int
    errors: int
    prepared: int
    refused: int = 0
    answers: int = 0
    draws: tuple[DrawScore, ...] = ()
    draws_none: bool = False
    best_draw: int = 0
    best_of: tuple[float, ...] = ()
    pool_errors: int = 0
    pool_prepared: int = 0
    read: Mapping[str, int] = field(default_factory=dict)
    abstained: int = 0
    confidence: Confidence | None = None
    metrics: Metrics | None = None
    stability: Stability | None = None

    @property
    def answered(self) -> int:
        """How many of its `answers` were read and given; of these `correct` are right."""
        return self.answers - self.abstained - self.unparsed - self.refused - self.errors

    @property
    def spread(self) -> float | None:
        """The standard deviation of the accuracies of its draws; None where there is one."""
        if len(self.draws) < 2:
            return None
        return stdev(draw.accuracy for draw in self.draws)

    @property
    def range(self) -> tuple[float, float] | None:
        """The lowest and the highest accuracy of its draws; None where there is one."""
        accuracies = [draw.accuracy for draw in self.draws]
        return (min(accuracies), max(accuracies)) if len(accuracies) > 1 else None


def score_arm(
    name: str,
    by_draw: ByDraw,
    draws_none: bool = False,
    on_pool: Mapping[int, Sequence[Prediction]] | None = None,
    labels: Sequence[str] = (),
    resampling: int = 0,
) -> ArmScore:
    """The result of one arm; `draws_none`: it draws no demonstrations.

    `on_pool` holds, by draw, the answers to the pool items by which the best draw is chosen; None
    where no draw is. `labels` are the classes of the task, which are empty for open answers, and
    `resampling` is the seed of resampling.
    """
    on_pool = on_pool or {}
    whole = {draw: answers for draw, answers in on_pool.items() if _is_whole(answers)}
    scored = {
        draw: answered
        for draw, predictions in by_draw.items()
        if (answered := [p for p in predictions if p.status != "prepared"])
    }
    every = [p for predictions in scored.values() for p in predictions]
    correct = sum(p.correct for p in every)
    hows = Counter(p.how for p in every)
    draws = tuple(
        DrawScore(
            seed,
            draw,
            len(answered),
            sum(p.correct for p in answered),
            len(whole[draw]) if draw in whole else None,
            sum(p.correct for p in whole[draw]) if draw in whole else None,
        )
        for (seed, draw), answered in scored.items()
    )
    best = _best(draws) if len(draws) == len(on_pool) else None
    return ArmScore(
        name,
        len({p.item for p in every}),
        correct,
        correct / len(every) if every else None,
        _interval(scored) if every else None,
        sum(p.status == "unparsed" for p in every),
        sum(p.status == "failed" for p in every),
        sum(map(len, by_draw.values())) - len(every),
        sum(p.status == "refused" for p in every),
        len(every),
        draws if len(by_draw) > 1 else (),
        draws_none,
        *(best or (0, ())),
        *_unanswered(on_pool),
        read={how: count for how in get_args(How) if (count := hows[how])},
        abstained=sum(p.status == "abstained" for p in every),
        confidence=measure_confidence(every),
        metrics=measure_classes(scored, labels, resampling),
        stability=measure_stability(every),
    )


def _unanswered(on_pool: Mapping[int, Sequence[Prediction]]) -> tuple[int, int]:
    """The failed and the prepared answers among these, of all draws."""
    statuses = Counter(p.status for answers in on_pool.values() for p in answers)
    return statuses["failed"], statuses["prepared"]


def _is_whole(answers: Sequence[Prediction]) -> bool:
    """Whether every call for these answers gave a reply."""
    return all(answer.status not in ("failed", "prepared") for answer in answers)


def _best(draws: Sequence[DrawScore]) -> tuple[int, tuple[float, ...]] | None:
    """The best of the draws by their pool answers, and the accuracy of the best of 1, 2, … draws.

    None where there is one draw, or a draw was not asked the pool items.
    """
    pool = {
        score.draw: score.pool_correct / score.pool_items
        for score in draws
        if score.pool_correct is not None and score.pool_items
    }
    if len(draws) < 2 or len(pool) < len(draws):
        return None
    return choose_best(pool), tuple(best_of(pool, {s.draw: s.accuracy for s in draws}))


def _interval(scored: Mapping[tuple[int, int], Sequence[Prediction]]) -> tuple[float, float] | None:
    """The 95% interval of the accuracy; over items alone where all draws are right, or none is."""
    every = [p for predictions in scored.values() for p in predictions]
    items = len({p.item for p in every})
    correct = sum(p.correct for p in every)
    if len(scored) == 1:
        return wilson(correct, len(every))
    if correct in (0, len(every)):
        return wilson(items if correct else 0, items)
    interval = crossed(
        [float(p.correct) for p in every],
        [draw for draw, predictions in scored.items() for _ in predictions],
        [p.item for p in every],
    ).interval
    return None if interval is None else (max(0.0, interval[0]), min(1.0, interval[1]))


def abstention_notes(scores: Sequence[ArmScore]) -> list[str]:
    """What each arm that abstained gets right of what it answered."""
    return [_abstention_note(score) for score in scores if score.abstained]


def _abstention_note(score: ArmScore) -> str:
    others = {"unread": score.unparsed, "refused": score.refused, "failed": score.errors}
    apart = ", ".join(f"{count:,} {name}" for name, count in others.items() if count)
    note = (
        f"arm {score.name}: it abstained on {score.abstained:,} of"
        f" {counted(score.answers, 'answer')}, which count as not right"
    )
    if apart:
        note += f"; {apart}"
    if not score.answered:
        return note
    right = counted(score.correct, "is right", "are right")
    return (
        f"{note}; of the {counted(score.answered, 'other')} {right}"
        f" ({score.correct / score.answered:.1%})"
    )
