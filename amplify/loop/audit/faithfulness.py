"""Faithfulness: what a proxy's score loses with an explanation's top words, against random words.

Comprehensiveness and sufficiency are those of ERASER (DeYoung et al. 2020, section 4): words are
dropped from the text itself, which the proxy then reads anew. Everything here is a function of the
explanations and of one call that predicts.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from amplify.contract.explainer import Explanation
from amplify.contract.proxy import Scores
from amplify.contract.template import Faithfulness
from amplify.kit.perturb import without
from amplify.kit.words import readable_words
from amplify.loop.checked.copies import example_apart
from amplify.loop.compare.statistics import sign_test
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.survey.batch import Batch, Predict

FRACTIONS = (0.01, 0.05, 0.1, 0.2, 0.5)
"""The shares of the words over which both measures are averaged."""

RANDOM_RANKINGS = 5
"""Random rankings that the control is averaged over."""

TIED = 1e-6
"""Probabilities that differ by less are equal: they are of single precision."""

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Report:
    """The faithfulness of an arm's explanations: means over the `measured` ones.

    `better` counts those that beat random words: the target depends more on their top words and
    less on the rest, so comprehensiveness less sufficiency is larger. One of the two alone would
    mislead: where two words tell the label, each by itself, neither is missed. `p_value` is the
    one-sided exact sign test of that count, equal ones left out.
    """

    measured: int
    comprehensiveness: float
    sufficiency: float
    random_comprehensiveness: float
    random_sufficiency: float
    better: int
    p_value: float

    @property
    def shown(self) -> bool:
        """Whether the explanations are shown to be better than random words (p < 0.05)."""
        return self.p_value < 0.05


def ranking(explanation: Explanation) -> tuple[Place, ...]:
    """The words that the explanation scores, highest first; of equals, the earlier one.

    A word has the sum of the spans that overlap it; one without a span is not ranked. Nothing is
    ranked where `unranked` gives a reason.
    """
    if unranked(explanation) is not None:
        return ()
    scores = word_scores(explanation)
    return tuple(sorted(scores, key=lambda place: (-scores[place], place)))


def unranked(explanation: Explanation) -> str | None:
    """Why an explanation ranks no words, or None where it does."""
    words = readable_words(explanation.example)
    scores = word_scores(explanation)
    if not words:
        return "their texts have no words"
    if not scores:
        return "they score no word"
    if len(scores) == len(words) and len(set(scores.values())) == 1:
        return "they give every word the same score"
    return None


def word_scores(explanation: Explanation) -> dict[Place, float]:
    """The score of each readable word that a span overlaps: the sum over these spans."""
    words = readable_words(explanation.example)
    ends = [end for _, end in words]
    scores: dict[Place, float] = {}
    for span in explanation.spans:
        for place in words[bisect_right(ends, span.start) :]:
            if place[0] >= span.end:
                break
            scores[place] = scores.get(place, 0.0) + span.score
    return scores


def measure(
    explanations: Sequence[Explanation],
    predict: Predict,
    seed: int = 0,
    rankings: int = RANDOM_RANKINGS,
) -> list[Faithfulness | None]:
    """The faithfulness of each explanation to the proxy behind `predict`, in order.

    None where there is nothing to measure: `unranked` gives a reason, or the target is not open to
    the example. With n words, the top is the first max(1, round(q n)) for each q of `FRACTIONS`, or
    all that are ranked where they are fewer; the random words are as many, and the same for every
    explanation of an example; they come from so many random `rankings`. `predict` is called once,
    with each different text once.
    """
    batch = Batch()
    plans = [_Plan.of(explanation, seed, rankings, batch) for explanation in explanations]
    scores = batch.predicted(predict)
    return [
        plan.faithfulness(e.target, scores) if plan else None
        for plan, e in zip(plans, explanations, strict=True)
    ]


def drops(
    explanations: Sequence[Explanation], words: Sequence[Sequence[Place]], predict: Predict
) -> list[float]:
    """What each target's probability loses without its explanation's `words`, in order.

    `f(x)[y*] - f(x without its top-k words)[y*]` (Krishna et al. 2023, selection "F-Exp"). One call
    of `predict`, each different text once.
    """
    batch = Batch()
    given = [example_apart(e.example) for e in explanations]
    pairs = [
        (batch.add(example), batch.add(without(example, places)))
        for example, places in zip(given, words, strict=True)
    ]
    scores = batch.predicted(predict)
    return [
        scores[whole].probability(e.target) - scores[rest].probability(e.target)
        for (whole, rest), e in zip(pairs, explanations, strict=True)
    ]


def reports(arms: Iterable[PreparedArm]) -> dict[str, Report]:
    """The faithfulness of each arm's explanations, by name, of arms where any was measured."""
    by_arm = {
        arm.name: faithfulness_report(d.faithfulness for d in arm.demonstrations) for arm in arms
    }
    return {name: means for name, means in by_arm.items() if means is not None}


def faithfulness_report(measured: Iterable[Faithfulness | None]) -> Report | None:
    """The means over an arm's explanations; None where none was measured."""
    known = [values for values in measured if values is not None]
    if not known:
        return None
    leads = [
        (values.comprehensiveness - values.sufficiency)
        - (values.random_comprehensiveness - values.random_sufficiency)
        for values in known
    ]
    better = sum(lead > TIED for lead in leads)
    worse = sum(lead < -TIED for lead in leads)
    return Report(
        len(known),
        fmean(values.comprehensiveness for values in known),
        fmean(values.sufficiency for values in known),
        fmean(values.random_comprehensiveness for values in known),
        fmean(values.random_sufficiency for values in known),
        better,
        sign_test(better, worse),
    )


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a batch holds an example without some words, and with them alone."""

    without: int
    alone: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where a batch holds an example whole, and cut by the explanation and by random rankings."""

    whole: int
    top: list[_Cut]
    random: list[list[_Cut]]

    @classmethod
    def of(cls, explanation: Explanation, seed: int, rankings: int, batch: Batch) -> _Plan | None:
        """An explanation's plan, its inputs added to the batch; None where it ranks nothing."""
        order = ranking(explanation)
        if not order:
            return None
        example = example_apart(explanation.example)
        words = readable_words(example)
        sizes = [min(max(1, round(q * len(words))), len(order)) for q in FRACTIONS]

        def cuts(order: Sequence[Place]) -> list[_Cut]:
            return [
                _Cut(
                    batch.add(without(example, order[:size])),
                    batch.add(without(example, set(words) - {*order[:size]})),
                )
                for size in sizes
            ]

        random_cuts = []
        for number in range(rankings):
            shuffled = list(words)
            name = f"{seed}/{example.id}/{number}".encode("utf-8", "surrogatepass")
            random.Random(name).shuffle(shuffled)
            random_cuts.append(cuts(shuffled))
        return cls(batch.add(example), cuts(order), random_cuts)

    def faithfulness(self, target: str, scores: Sequence[Scores]) -> Faithfulness | None:
        """Both measures, of the explanation and of the random rankings, from the batch's scores."""
        if target not in scores[self.whole].labels:
            return None

        def loss(place: int) -> float:
            return scores[self.whole].probability(target) - scores[place].probability(target)

        return Faithfulness(
            fmean(loss(cut.without) for cut in self.top),
            fmean(loss(cut.alone) for cut in self.top),
            fmean(loss(cut.without) for cuts in self.random for cut in cuts),
            fmean(loss(cut.alone) for cuts in self.random for cut in cuts),
        )
