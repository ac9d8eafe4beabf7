"""How often arms that are equally good are said to differ, by each metric.

    python benchmarks/metric_level.py [--runs 300] [--seed 1]

Four labels of unequal size (60, 25, 10 and 5% of 200 items). A draw of a method has an accuracy of
its own and a leaning to some label of its own; both arms come from the same world, so that every
claim is a wrong one. Printed are the shares of runs with p below .05, for methods of 3, 5 and 10
draws and for two prompts, and for prompts how often the 95% interval holds 0. Goal: at most 5%, at
least 94%.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any, get_args

import numpy as np

from amplify import Prediction
from amplify.loop.compare.compare import compare
from amplify.loop.compare.metrics import Metric

Rng = np.random.Generator

LABELS = ("a", "b", "c", "d")
SHARES = (0.6, 0.25, 0.1, 0.05)
ITEMS = 200
ACCURACY, EASE = 0.65, 0.2
"""The mean accuracy, and how much items differ in it (standard deviation)."""

METHODS = ((3, 0.08), (5, 0.08), (10, 0.08), (5, 0.0))
"""Numbers of draws, and the standard deviation of the accuracy between draws."""


def method_draw(rng: Rng, truth: Any, ease: Any, spread: float) -> list[Prediction]:
    """The answers of a draw of a method, with an accuracy and a leaning of its own."""
    accuracy = np.clip(ACCURACY + rng.normal(0, spread), 0.2, 0.95)
    lean = rng.dirichlet(np.full(len(LABELS), 2.0))
    right = rng.random(ITEMS) < np.clip(accuracy + ease, 0, 1)
    return answers(truth, np.where(right, truth, rng.choice(len(LABELS), ITEMS, p=lean)))


def answers(truth: Any, given: Any) -> list[Prediction]:
    """Predictions of the items, from numbers of labels."""
    return [
        Prediction("", str(item), LABELS[label], LABELS[answer], "answered", label == answer)
        for item, (label, answer) in enumerate(zip(truth.tolist(), given.tolist(), strict=True))
    ]


def methods(rng: Rng, draws: int, spread: float, claims: Counter[str]) -> None:
    """One run with two methods of so many draws."""
    truth = rng.choice(len(LABELS), ITEMS, p=SHARES)
    ease = rng.normal(0, EASE, ITEMS)
    first, second = (
        {(0, draw): method_draw(rng, truth, ease, spread) for draw in range(1, draws + 1)}
        for _ in range(2)
    )
    for metric in get_args(Metric):
        result = compare("x", "y", first, second, 0, metric=metric, labels=LABELS, resamples=19)
        claims[metric] += result.p_value < 0.05


def prompts(rng: Rng, claims: Counter[str], held: Counter[str]) -> None:
    """One run with two prompts of the same method that lean to the same label."""
    truth = rng.choice(len(LABELS), ITEMS, p=SHARES)
    ease = rng.normal(0, EASE, ITEMS)
    lean = rng.dirichlet(np.full(len(LABELS), 2.0))

    def prompt() -> list[Prediction]:
        right = rng.random(ITEMS) < np.clip(ACCURACY + ease, 0, 1)
        return answers(truth, np.where(right, truth, rng.choice(len(LABELS), ITEMS, p=lean)))

    first, second = {(0, 0): prompt()}, {(0, 0): prompt()}
    for metric in get_args(Metric):
        result = compare("x", "y", first, second, 0, metric=metric, labels=LABELS, resamples=999)
        claims[metric] += result.p_value < 0.05
        low, high = result.interval or (1.0, 1.0)
        held[metric] += low <= 0 <= high


def show(what: str, counts: Counter[str], runs: int) -> None:
    shares = ", ".join(f"{m} {100 * counts[m] / runs:.1f}" for m in get_args(Metric))
    print(f"{what}: {shares}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    for draws, spread in METHODS:
        claims: Counter[str] = Counter()
        for _ in range(options.runs):
            methods(rng, draws, spread, claims)
        show(f"{draws} draws, sd {spread}: claims in %", claims, options.runs)
    claims, held = Counter(), Counter()
    for _ in range(options.runs):
        prompts(rng, claims, held)
    show("two prompts: claims in %", claims, options.runs)
    show("two prompts: the interval holds 0 in %", held, options.runs)


if __name__ == "__main__":
    main()
