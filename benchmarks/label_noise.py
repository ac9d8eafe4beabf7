"""How many wrong labels a run finds, and how many right ones it suspects.

    AMPLIFY_DATA=DATA python benchmarks/label_noise.py [--seeds 5] [--first 0]
        [--proxy sklearn/linear] [--epochs N] [--keep FOLDER]

Labels of SST-2, TREC and SUBJ are flipped at random, 0, 5, 10 and 20 of 100, in train and in the
pool alike, 200 items each. A proxy is fitted on train and scores the pool. Each line has the means
over the seeds:

- noise: the estimated share of wrong labels, and its 95% interval,
- of three rules how many items they name, the share of these that were flipped (precision), and the
  share of the flipped that they name (recall): `sure` is the proxy's MCS of 0.9 or more where the
  LLM names the same label, `suspects` is confident learning, `likely` those of the suspects whose
  label is more likely wrong than right,
- the Brier score of the suspects' probabilities,
- how many of ten shots of H-MCS are flipped, and how many with `skip_suspects`.

An LLM that is right on 80% of the items stands in for a real one. The published labels count as
right, which they are not all. Scores in FOLDER are not computed again.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from amplify import Candidate, Context, Example, Scores
from amplify.builtin.selectors.mcs import HighMCS
from amplify.builtin.selectors.options import ErrorsOptions
from amplify.host.factory import build
from amplify.host.load import Host
from amplify.loop.survey.label_errors import LabelErrors, find_label_errors
from amplify.loop.survey.mcs import misclassification_confidence

TASKS = {"sst2": "sst2/train.csv", "trec": "trec/train.csv", "subj": "subj/subj.csv"}
RATES = (0.0, 0.05, 0.1, 0.2)
ITEMS = 200
RIGHT = 0.8


@dataclass
class Planted:
    """Examples with some labels flipped: train, and the pool with its true labels by id."""

    labels: tuple[str, ...]
    train: list[Example]
    pool: list[Example]
    truth: dict[str, str]

    @classmethod
    def of(cls, path: Path, rate: float, seed: int) -> Planted:
        """A seed's sample of the file; equal seeds have equal samples at all rates."""
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
        labels = tuple(sorted({label for _, label in rows}))
        chosen = random.Random(seed).sample(rows, 2 * ITEMS)
        draw = random.Random(seed * 100 + 1)
        given = [label for _, label in chosen]
        flips = [
            place
            for part in (range(ITEMS), range(ITEMS, 2 * ITEMS))
            for place in draw.sample(part, round(ITEMS * rate))
        ]
        for place in sorted(flips):
            given[place] = draw.choice([label for label in labels if label != given[place]])
        examples = [
            Example(str(place), text, label)
            for place, ((text, _), label) in enumerate(zip(chosen, given, strict=True))
        ]
        truth = {str(place): label for place, (_, label) in enumerate(chosen)}
        return cls(labels, examples[:ITEMS], examples[ITEMS:], truth)

    def flipped(self, names: Sequence[str]) -> int:
        """How many of the items with these ids have a flipped label."""
        return sum(e.label != self.truth[e.id] for e in self.pool if e.id in names)

    def answers(self, seed: int) -> dict[str, str]:
        """What the stand-in for an LLM answers to the pool's items."""
        draw = random.Random(seed)
        return {
            e.id: self.truth[e.id]
            if draw.random() < RIGHT
            else draw.choice([label for label in self.labels if label != self.truth[e.id]])
            for e in self.pool
        }


def scores_of(
    host: Host, planted: Planted, seed: int, proxy: str, options: dict[str, Any], path: Path | None
) -> dict[str, Scores]:
    """The proxy's scores of the pool, kept in the file where one is named."""
    if path is None or not path.exists():
        context = Context(seed=seed, labels=planted.labels, train=tuple(planted.train))
        live: Any = build(host.registry.find("proxy", proxy), options, context)
        live.fit(planted.train, planted.labels)
        chances = np.array([s.probabilities for s in live.predict(planted.pool)])
        if path is not None:
            np.save(path, chances)
    else:
        chances = np.load(path)
    return {
        e.id: Scores(planted.labels, tuple(np.log(row.clip(1e-12)).tolist()), tuple(row.tolist()))
        for e, row in zip(planted.pool, chances, strict=True)
    }


def shots(
    planted: Planted, scores: dict[str, Scores], answers: dict[str, str], errors: LabelErrors
) -> Iterator[int]:
    """How many of H-MCS's ten shots have a flipped label, without and with `skip_suspects`."""
    candidates = [
        Candidate(
            e,
            scores[e.id],
            error=answers[e.id] != e.label,
            mcs=misclassification_confidence(scores[e.id], e.label),
            label_error=errors.probabilities.get(e.id),
        )
        for e in planted.pool
    ]
    for skip in (False, True):
        selector = HighMCS(ErrorsOptions(skip_suspects=skip), Context())
        chosen = selector.select(candidates, 10, ())
        yield planted.flipped([shot.example.id for shot in chosen.shots])


def measured(planted: Planted, scores: dict[str, Scores], seed: int) -> list[float]:
    """The figures of a seed, in the order of the columns; counts, so that they can be summed."""
    answers = planted.answers(seed)
    errors = find_label_errors(planted.pool, scores)
    sure = [
        e.id
        for e in planted.pool
        if misclassification_confidence(scores[e.id], e.label) >= 0.9
        and answers[e.id] == scores[e.id].best
    ]
    likely = [suspect.item for suspect in errors.likely]
    figures: list[float] = [errors.noise or 0.0, *(errors.interval or ())]
    for names in (sure, list(errors.probabilities), likely):
        figures += [len(names), planted.flipped(names)]
    brier = [(p - planted.flipped([item])) ** 2 for item, p in errors.probabilities.items()]
    right = sum(scores[e.id].best == planted.truth[e.id] for e in planted.pool)
    flipped = planted.flipped(list(planted.truth))
    return [*figures, sum(brier), *shots(planted, scores, answers, errors), right / ITEMS, flipped]


def line(name: str, rate: float, seeds: Sequence[Sequence[float]]) -> str:
    """The means over the seeds as a line of the table."""
    noise, low, high, *counts, brier, plain, skipping, right, flipped = np.mean(seeds, axis=0)
    rules = [
        f"{named:5.1f} {hit / named if named else float('nan'):5.0%}"
        f" {hit / flipped if flipped else float('nan'):5.0%}"
        for named, hit in zip(counts[::2], counts[1::2], strict=True)
    ]
    return (
        f"{name:5} {rate:4.0%} {right:6.0%} {noise:6.0%} {low:4.0%} {high:4.0%} | "
        + " | ".join(rules)
        + f" | {brier / max(counts[2], 1):5.2f} | {plain:4.1f} {skipping:4.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxy", default="sklearn/linear")
    parser.add_argument("--epochs", type=int, help="of a proxy that is trained in epochs")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--keep", type=Path, help="folder for the proxy's scores")
    given = parser.parse_args()
    data = Path(os.environ["AMPLIFY_DATA"])
    options = {} if given.epochs is None else {"epochs": given.epochs}
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    host = Host.load()
    print("                    estimated noise  | sure: named,      | suspects          | likely")
    print("task  flips  right   mean  low high | precision, recall |                   | ", end="")
    print("                 | Brier | shots, skipping")
    for name, file in TASKS.items():
        for rate in RATES:
            seeds = []
            for seed in range(given.first, given.first + given.seeds):
                planted = Planted.of(data / file, rate, seed)
                kept = given.keep / f"{name}-{rate}-{seed}.npy" if given.keep else None
                scores = scores_of(host, planted, seed, given.proxy, options, kept)
                seeds.append(measured(planted, scores, seed))
            print(line(name, rate, seeds), flush=True)


if __name__ == "__main__":
    main()
