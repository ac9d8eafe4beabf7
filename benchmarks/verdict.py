"""How often a verdict is right: simulated runs, scored, compared, adjusted and judged as real ones.

Prints the share of runs in which a gain is claimed where there is none (goal: at most 5%; for a
family of comparisons, in any of them), the share in which a planted gain is found (goal: at least
80%), and how often the 95% interval holds the true difference.

    python benchmarks/verdict.py [--runs 1000] [--items 500]
"""

from __future__ import annotations

import argparse
import random
import time

from amplify import Prediction
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.family import adjust
from amplify.loop.compare.verdict import reach_verdict

DISCORDANT = 0.25
RESAMPLES = 999
"""Of each interval; the real number is 9,999, which a simulation has no need of."""


def answers(rights: list[bool]) -> list[Prediction]:
    """Predictions that are right or wrong as told."""
    return [Prediction("arm", str(n), "a", "a", "answered", r) for n, r in enumerate(rights)]


def simulate(draw: random.Random, items: int, gains: tuple[float, ...]) -> list[Comparison]:
    """The focus arm against one arm for each true gain, a quarter of the items discordant."""
    focus = [draw.random() < 0.6 for _ in range(items)]
    made = []
    for gain in gains:
        other = []
        for right in focus:
            # P(discordant | right) and P(discordant | wrong) give `gain` and DISCORDANT.
            chance = (DISCORDANT + gain) / 2 / 0.6 if right else (DISCORDANT - gain) / 2 / 0.4
            other.append(right != (draw.random() < chance))
        one = compare(
            "focus",
            f"arm-{len(made)}",
            {(0, 0): answers(focus)},
            {(0, 0): answers(other)},
            resamples=RESAMPLES,
        )
        assert one is not None
        made.append(one)
    return adjust("focus against every other arm", made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, help="simulated runs of each case (1000)")
    parser.add_argument("--items", type=int, default=500, help="test items (500)")
    given = parser.parse_args()
    cases = {
        "no gain, one comparison": (0.0,),
        "8 points, one comparison": (0.08,),
        "no gain, five comparisons": (0.0,) * 5,
        "8 points, and four arms alike": (0.08, 0.0, 0.0, 0.0, 0.0),
    }
    for name, gains in cases.items():
        draw, start = random.Random(name), time.perf_counter()
        first = anything = loss = covered = 0
        for _ in range(given.runs):
            family = simulate(draw, given.items, gains)
            verdict = reach_verdict("focus", "arm-0", {}, family)
            first += verdict.outcome == "gain"
            loss += verdict.outcome == "loss"
            anything += any(one.shown for one in family)
            low, high = family[0].interval or (0.0, 0.0)
            covered += low <= gains[0] <= high
        print(
            f"{name}: a gain over the baseline is claimed in {first / given.runs:.1%} of"
            f" {given.runs} runs, a loss in {loss / given.runs:.1%}, anything in"
            f" {anything / given.runs:.1%}; the interval holds the truth in"
            f" {covered / given.runs:.1%}; {time.perf_counter() - start:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
