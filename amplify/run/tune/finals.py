"""The end of a tune: the winner and the references on the test items, and what that shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.calls import Request
from amplify.loop.answer.score import ArmScore
from amplify.loop.audit.require_contrast import Focus
from amplify.loop.compare.conclude import Conclusion
from amplify.loop.compare.statistics import wilson
from amplify.loop.race.optimism import estimate_optimism
from amplify.run.tune.contenders import Contender
from amplify.run.tune.course import Course
from amplify.run.tune.replies import ReplyCounts
from amplify.run.tune.words import tune_sentences


@dataclass(frozen=True)
class Finals:
    """What is tested after a race.

    `contenders` are the winner and the references, each once; the first is the winner, `baseline`
    the reference that it is tested against. A winner that is the baseline is tested against none.
    `every` are all that were to be raced, those that ask the same included.
    """

    course: Course
    contenders: Sequence[Contender]
    baseline: Contender
    every: Sequence[Contender]

    @property
    def winner(self) -> Contender:
        """The contender that leads the race at its end."""
        return self.contenders[0]

    @property
    def focus(self) -> Focus:
        """The winner as the focus of the test."""
        other = None if self.winner is self.baseline else self.baseline.name
        return Focus(self.winner.name, False, other, {})

    @property
    def priors(self) -> Mapping[str, Mapping[str, Sequence[Request]]]:
        """The requests by which the finalists calibrate."""
        return {c.name: {c.name: c.priors} for c in self.contenders if c.priors}

    def conclude(
        self, not_made: Sequence[Request], conclusion: Conclusion
    ) -> tuple[Conclusion, Mapping[str, Any]]:
        """The conclusion in the words of a tune, and the record's section on the race.

        `not_made` are second calls of the test that were not made as the run stopped.
        """
        chosen = None if not_made else self._chosen(conclusion)
        section = {
            "validation": len(self.course.validation),
            "space": self._space(),
            **self.course.race.table(),
            "over": self.course.over,
            "requests": self.course.requests,
            "failed": self.course.failed,
            "winner": self.winner.name if self.course.over else None,
            "baseline": self.baseline.name,
            "chosen": chosen.name if chosen else None,
            "scores": self._scores(conclusion),
            "optimism": self._optimism(),
            "contenders": [self._contender(contender) for contender in self.course.contenders],
        }
        sentences = tune_sentences(section, conclusion)
        verdict = replace(conclusion.verdict, sentences=tuple(sentences))
        if chosen is None:
            verdict = replace(verdict, outcome="not compared")
        return replace(conclusion, verdict=verdict), {"race": section}

    def _chosen(self, conclusion: Conclusion) -> Contender | None:
        """The contender whose prompt is returned: the winner where it is shown to be better.

        None where the race or the test was stopped.
        """
        answered = {s.name for s in conclusion.scores if s.answers and not s.prepared}
        if not self.course.over or not {c.name for c in self.contenders} <= answered:
            return None
        return self.winner if conclusion.verdict.outcome == "gain" else self.baseline

    def _space(self) -> int:
        """How many contenders there were before samples and equal ones."""
        tune = self.course.run.plan.tune
        return tune.space if tune is not None and tune.space else len(self.every)

    def _scores(self, conclusion: Conclusion) -> list[dict[str, Any]]:
        """What each finalist got right of validation and test items."""
        by_name = {score.name: score for score in conclusion.scores}
        return [
            {
                "name": contender.name,
                "validation": self._validation_score(contender),
                "test": _test_score(by_name[contender.name]),
            }
            for contender in self.contenders
        ]

    def _validation_score(self, contender: Contender) -> dict[str, Any] | None:
        """What a contender got right of the validation items that it was asked."""
        answers = self.course.race.answers.get(self._racer(contender), ())
        if not answers:
            return None
        right = sum(answers)
        return _score(right, len(answers), wilson(right, len(answers)))

    def _optimism(self) -> dict[str, Any] | None:
        """By how much the winner's validation score is expected to be too high."""
        answers = {name: right for name, right in self.course.race.answers.items() if right}
        if not self.course.over or not answers:
            return None
        optimism = estimate_optimism(answers, self._racer(self.winner))
        low, high = optimism.interval
        return {
            "estimate": round(optimism.estimate, 4),
            "interval": (round(low, 4), round(high, 4)),
        }

    def _racer(self, contender: Contender) -> str:
        """The name under which a contender was raced: its own, or of one that asks the same."""
        return next(
            (c.name for c in self.course.contenders if contender.name in (c.name, *c.same)), ""
        )

    def _contender(self, contender: Contender) -> dict[str, Any]:
        shown = contender.prepared
        answers = self.course.race.answers.get(contender.name, ())
        return {
            "name": contender.name,
            "arm": contender.plan_name,
            "draw": contender.draw,
            "shots": shown.shots,
            "items": len(answers),
            "right": sum(answers),
            "same": list(contender.same),
            **self.course.replies.get(contender.name, ReplyCounts()).table(),
        }


def finals(course: Course, references: Sequence[Contender], every: Sequence[Contender]) -> Finals:
    """The finals of a race; the first of the `references` is the baseline."""
    by_name = {contender.name: contender for contender in course.contenders}
    winner = by_name[course.race.leader]
    baseline, *others = references
    if baseline.name in winner.same:
        winner = baseline
    tested = [winner, baseline, *(c for c in others if c.name not in winner.same)]
    distinct_names = {contender.name: contender for contender in tested}
    return Finals(course, list(distinct_names.values()), baseline, every)


def _score(right: int, items: int, interval: tuple[float, float] | None) -> dict[str, Any]:
    return {"right": right, "items": items, "accuracy": right / items, "interval": interval}


def _test_score(score: ArmScore) -> dict[str, Any] | None:
    if score.accuracy is None:
        return None
    return {
        "right": score.correct,
        "items": score.answers,
        "accuracy": score.accuracy,
        "interval": score.interval,
    }
