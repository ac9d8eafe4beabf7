"""Takes a majority vote over repeated answers, and measures how often answers flip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from amplify.contract.data import Prediction
from amplify.contract.grammar import counted
from amplify.loop.answer.parse import matches
from amplify.loop.compare.statistics import bootstrap


@dataclass(frozen=True)
class Stability:
    """How stable the answers of an arm are that asks each item several times (`repeats`).

    Of the `answers`, which are votes, one an item and draw, the answer of so many `flipped`: two
    repeats gave different ones. `single_accuracy` is the accuracy of a single repeat, in the mean,
    and `interval` its 95% interval, bootstrapped over items (None: it cannot be estimated).
    """

    repeats: int
    answers: int
    flipped: int
    single_accuracy: float
    interval: tuple[float, float] | None

    @property
    def flips(self) -> float:
        """The share of the answers that flipped."""
        return self.flipped / self.answers


def vote(by_repeat: Sequence[Sequence[Prediction]]) -> list[Prediction]:
    """The majority vote on each item; `by_repeat` holds the predictions of each repeat.

    Of answers with equal votes the one that came first counts. A repeat whose reply was not read,
    or was refused, has no vote; where no repeat has one, the first that abstained stands, else the
    first repeat. An item has failed, or was not asked, as soon as one of its repeats is so.
    """
    if len(by_repeat) == 1:
        return list(by_repeat[0])
    return [_vote(repeats) for repeats in zip(*by_repeat, strict=True)]


def _vote(repeats: Sequence[Prediction]) -> Prediction:
    for status in ("prepared", "failed"):
        for prediction in repeats:
            if prediction.status == status:
                return prediction
    answers = [p.answer if p.status == "answered" else None for p in repeats]
    counts = Counter(answer for answer in answers if answer is not None)
    # The most common one of a Counter is the first of those that are equal.
    winner = counts.most_common(1)[0][0] if counts else None
    abstained = next((p for p in repeats if p.status == "abstained"), repeats[0])
    chosen = repeats[answers.index(winner)] if counts else abstained
    votes: list[tuple[str | None, int]] = list(counts.most_common())
    if unread := answers.count(None):
        votes.append((None, unread))
    for_winner = [
        p
        for p, answer in zip(repeats, answers, strict=True)
        if (p.status, answer) == (chosen.status, winner)
    ]
    return replace(chosen, votes=tuple(votes), probabilities=_mean_probabilities(for_winner))


def _mean_probabilities(repeats: Sequence[Prediction]) -> tuple[tuple[str, float], ...]:
    """The mean probability of each label; nothing where a repeat has none.

    Repeats that give the same answer have it as their likeliest label, and so has the mean.
    """
    every = [dict(prediction.probabilities) for prediction in repeats]
    if not all(every):
        return ()
    return tuple((label, fmean(of[label] for of in every)) for label in every[0])


def measure_stability(predictions: Iterable[Prediction]) -> Stability | None:
    """The stability of those predictions that are votes; None where none is."""
    votes = [prediction for prediction in predictions if prediction.votes]
    if not votes:
        return None
    by_item: dict[str, list[float]] = {}
    for prediction in votes:
        by_item.setdefault(prediction.item, []).append(_share_right(prediction))
    shares = [fmean(of_item) for of_item in by_item.values()]
    resampled = bootstrap(shares, 0)
    return Stability(
        max(sum(count for _, count in prediction.votes) for prediction in votes),
        len(votes),
        sum(len(_answers(prediction)) > 1 for prediction in votes),
        fmean(map(_share_right, votes)),
        None if resampled is None else resampled[0],
    )


def stability_words(name: str, stability: Stability, accuracy: float) -> str:
    """What an arm of this name, whose votes have this accuracy, gains by its repeats."""
    interval = stability.interval
    bounds = "" if interval is None else f" ({100 * interval[0]:.1f}–{100 * interval[1]:.1f}%)"
    return (
        f"{name}, {counted(stability.repeats, 'repeat')}: {stability.flipped:,} of"
        f" {stability.answers:,}"
        f" answers flip between repeats ({stability.flips:.1%}); a single reply is right in"
        f" {stability.single_accuracy:.1%}{bounds}, the majority vote in {accuracy:.1%}"
    )


def _answers(prediction: Prediction) -> list[tuple[str, int]]:
    return [(answer, count) for answer, count in prediction.votes if answer is not None]


def _share_right(prediction: Prediction) -> float:
    """The share of the repeats that gave the right answer."""
    right = sum(n for answer, n in _answers(prediction) if matches(answer, prediction.label))
    return right / sum(count for _, count in prediction.votes)
