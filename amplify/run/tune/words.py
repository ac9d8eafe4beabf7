"""Says what a tune shows: of the prompt that it returns, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from amplify.contract.grammar import counted
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.conclude import Conclusion
from amplify.loop.compare.words import figures


def tune_sentences(race: Mapping[str, Any], conclusion: Conclusion) -> Iterator[str]:
    """The verdict of a tune; `race` is the record's section on its race."""
    winner, baseline = race["winner"], race["baseline"]
    if winner is None:
        yield (
            f"The race was stopped: {race['leader']} leads after {race['total']} of"
            f" {counted(race['validation'], 'validation item')}, and nothing was tested."
        )
        return
    if race["chosen"] is None:
        yield f"The race was won by {winner}; its test is not finished, so that nothing is shown."
        return
    gain = next(
        (c for c in conclusion.comparisons if (c.arm, c.baseline) == (winner, baseline)), None
    )
    yield from _head(race, gain)
    for comparison in conclusion.comparisons:
        yield f"On test, {comparison.arm} against {comparison.baseline}: {figures(comparison)}."
    yield from _scores(race)
    errors = race["failed"] + sum(score.errors for score in conclusion.scores)
    if errors:
        yield (
            f"This is no final verdict: {counted(errors, 'call')} failed, and their items count"
            " as wrong."
        )


def _head(race: Mapping[str, Any], gain: Comparison | None) -> Iterator[str]:
    """What is returned, and why."""
    winner, baseline = race["winner"], race["baseline"]
    contenders = len(race["contenders"])
    if winner == baseline:
        yield (
            f"No contender did better than the baseline {baseline} on the validation items, out of"
            f" {contenders}: the baseline is the prompt that is returned."
        )
    elif gain is None:
        yield (
            f"{winner} won the race, and asks what the baseline {baseline} asks: the baseline is"
            " the prompt that is returned."
        )
    elif race["chosen"] == winner:
        yield (
            f"The prompt that is returned, {winner}, does better than the baseline {baseline} on"
            " this task with this LLM."
        )
    elif gain.shown < 0:
        yield (
            f"{winner} won the race, and does worse than the baseline {baseline} on the test items:"
            " the baseline is the prompt that is returned."
        )
    else:
        yield (
            f"{winner} won the race, but nothing on the test items shows that it is better than the"
            f" baseline {baseline}: the baseline is the prompt that is returned."
        )
    yield (
        "This speaks of prompts, with their demonstrations, and not of the ways in which they were"
        " made."
    )


def _scores(race: Mapping[str, Any]) -> Iterator[str]:
    """The winner's score in the race beside that on test."""
    of_winner = race["scores"][0]
    validation, test = of_winner["validation"], of_winner["test"]
    if not validation or not test:
        return
    optimism = race["optimism"]
    low, high = (100 * bound for bound in optimism["interval"])
    yield (
        f"{of_winner['name']} got {validation['accuracy']:.1%} of {validation['items']:,}"
        f" validation items right, and {test['accuracy']:.1%} of"
        f" {counted(test['items'], 'test item')}."
        f" As it was chosen for it, its validation score is expected to be"
        f" {100 * optimism['estimate']:.1f} points too high (95% interval {low:+.1f} to"
        f" {high:+.1f})."
    )
