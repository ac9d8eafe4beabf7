"""How often a claim about a method is right: the test over draws and items, and its rivals.

    python benchmarks/method_level.py simulate [--runs 1500] [--draws 3 5 10] [--items 50 200]
    python benchmarks/method_level.py slow [--runs 100]
    python benchmarks/method_level.py split FOLDER|FILE.npz ...
    python benchmarks/method_level.py power FOLDER|FILE.npz ...

`simulate` prints, for worlds in which two methods are equally good, the share of runs in which a
difference is claimed (goal: at most 5%) and in which the 95% interval holds the truth (goal: at
least 94%), then the share in which a gain of 10 points is found. `slow` does so for tests that take
long: the pigeonhole bootstrap, and the binomial mixed model of statsmodels.

`split` takes real answers of many draws of one method and splits the draws at random into "method
A" and "method B": every claim is a wrong one. `power` turns wrong answers of B right, 10 points of
them, and prints the share of splits in which the gain is found. A folder is that of a run with
`draws`; a file has arrays of draws x items, 1 for a right answer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from method_rivals import BOOTSTRAPS, RIVALS, Claims, Rival, amplify, difference
from method_worlds import WORLDS, World, answers, gained

from amplify.loop.compare.crossed import Variances, crossed
from amplify.loop.compare.power import power

BATCH = 1_000_000
"""The largest number of cells that is simulated at once."""

SPLITS = 1000
GAIN = 0.1
SIZES = (3, 5, 10)


def rng_of(*labels: object) -> np.random.Generator:
    """Random numbers that depend on the labels and on nothing else."""
    return np.random.default_rng(zlib.crc32(repr(labels).encode()))


class Tally:
    """Shares of runs with a gain, with any claim, and whose interval holds the truth."""

    def __init__(self) -> None:
        self.runs = self.gains = self.claims = self.held = 0
        self.intervals = False

    def add(self, claims: Claims) -> None:
        """Count some more runs."""
        self.runs += len(claims.gains)
        self.gains += int(claims.gains.sum())
        self.claims += int((claims.gains | claims.losses).sum())
        if claims.held is not None:
            self.intervals = True
            self.held += int(claims.held.sum())

    def __str__(self) -> str:
        held = f"/{100 * self.held / self.runs:.1f}" if self.intervals else ""
        return f"{100 * self.claims / self.runs:.1f}{held}"


def tally(
    world: World, runs: int, draws: int, items: int, rivals: Mapping[str, Rival] = RIVALS
) -> dict[str, Tally]:
    """What every test claims in simulated runs."""
    rng = rng_of(world.name, world.gain, draws, items)
    tallies: dict[str, Tally] = defaultdict(Tally)
    size = max(1, min(runs, BATCH // (draws * items)))
    for start in range(0, runs, size):
        ours, theirs = answers(world, min(size, runs - start), draws, items, rng)
        for name, rival in rivals.items():
            tallies[name].add(rival(ours, theirs, world.gain))
    return tallies


def row(label: str, cells: Iterable[object]) -> None:
    """A line of a table."""
    print(f"{label:<44}" + "".join(f"{cell!s:>19}" for cell in cells), flush=True)


def simulate(runs: int, sizes: Sequence[int], counts: Sequence[int]) -> None:
    """Claims and coverage in all worlds, then the power."""
    print("No difference: claimed in %, interval holds the truth in %.")
    row("world, draws x items", RIVALS)
    for world in WORLDS:
        for items in counts:
            for draws in sizes:
                tallies = tally(world, runs, draws, items)
                row(f"{world.name}, {draws} x {items}", list(tallies.values()))
    print("A gain of 10 points: found in %.")
    row("world, draws x items", RIVALS)
    for world in WORLDS[:4]:
        for draws in sizes:
            tallies = tally(gained(world, GAIN), runs, draws, 200)
            shares = [f"{100 * t.gains / t.runs:.1f}" for t in map(tallies.__getitem__, RIVALS)]
            row(f"{world.name}, {draws} x 200", shares)


def slow(runs: int) -> None:
    """Claims and coverage of the tests that take long."""
    from method_mixed import binomial_mixed_model

    print("No difference: claimed in %, interval holds the truth in %.")
    row("world, draws x items", [*BOOTSTRAPS, "binomial mixed model"])
    for world in WORLDS:
        for draws, items in ((3, 50), (5, 50), (10, 50), (5, 200)):
            tallies = [*tally(world, runs, draws, items, BOOTSTRAPS).values()]
            fitted = ""
            if (draws, items) == (5, 50) and world in WORLDS[:4]:
                few = runs // 4
                right = answers(world, few, draws, items, rng_of("mixed", world.name))
                scores = [binomial_mixed_model(a, b) for a, b in zip(*right, strict=True)]
                fitted = f"{np.sum(np.abs(scores) > 1.959964)} of {few} runs"
            row(f"{world.name}, {draws} x {items}", [*tallies, fitted])


def matrices(sources: Sequence[Path]) -> Iterator[tuple[str, Any]]:
    """Who is right, draws x items, for each method that the files and run folders have."""
    for source in sources:
        if source.suffix == ".npz":
            with np.load(source) as file:
                for name in ("random", "h-mcs"):
                    yield f"{source.stem}, {name}", file[name].astype(bool)
            continue
        rights: dict[str, dict[int, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
        for line in (source / "predictions.jsonl").read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            rights[found["arm"]][found.get("draw", 1)][found["item"]] = found["correct"]
        for arm, by_draw in rights.items():
            items = sorted(set.intersection(*(set(right) for right in by_draw.values())))
            yield (
                f"{source.name}, {arm}",
                np.array([[right[item] for item in items] for _, right in sorted(by_draw.items())]),
            )


def splits(right: Any, other: Any, size: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Random draws for "method A", and for "method B" as many different ones, paired at random.

    `right` are the answers of A's draws, `other` those of B's.
    """
    order = np.array([rng.permutation(len(right))[: 2 * size] for _ in range(SPLITS)])
    return right[order[:, :size]], other[order[:, size:]]


def components(right: Any, other: Any, rng: np.random.Generator) -> Variances:
    """The mean variance components over pairings of all draws."""
    half = len(right) // 2
    draw, item = (codes.ravel().tolist() for codes in np.indices((half, right.shape[1])))
    found = []
    for _ in range(20):
        order = rng.permutation(len(right))
        cells = difference(other[order[:half]], right[order[half : 2 * half]])
        found.append(astuple(crossed(cells.ravel(), draw, item).variances))
    return Variances(*np.mean(found, 0))


def against_one(right: Any, size: int, rng: np.random.Generator) -> float:
    """How often the interval of some draws against one prompt holds the difference to all others.

    The items stay the same, so that it is the part of the draws that is tried.
    """
    held = 0
    for _ in range(SPLITS):
        prompt, *draws = rng.permutation(len(right))[: size + 1]
        others = np.delete(right, prompt, 0).mean() - right[prompt].mean()
        held += int(amplify(right[draws][None], right[[prompt] * size][None], others).held[0])
    return held / SPLITS


def split(sources: Sequence[Path]) -> None:
    """Claims where both methods are the same method."""
    names = ["AMPLIFY", "McNemar, one draw", "McNemar, pooled", "items alone", "draws alone"]
    print(f"{SPLITS} splits of one method's draws: claimed in %, interval holds 0 in %.")
    row("method, draws of A and of B x items", [*names, "against one prompt"])
    every: dict[tuple[int, str], Tally] = defaultdict(Tally)
    for label, right in matrices(sources):
        if len(right):
            means = 100 * right.mean(1)
            spread = means.std(ddof=1) if len(right) > 1 else 0.0
            print(f"{label}: {len(right)} draws, {means.min():.1f} to {means.max():.1f},", end=" ")
            print(f"mean {means.mean():.1f}, sd {spread:.1f}", flush=True)
        for size in SIZES:
            if len(right) < 2 * size:
                continue
            ours, theirs = splits(right, right, size, rng_of(label, size))
            tallies = []
            for name in names:
                claims = RIVALS[name](ours, theirs, 0.0)
                every[size, name].add(claims)
                tallies.append(Tally())
                tallies[-1].add(claims)
            held = against_one(right, size, rng_of(label, size, "one"))
            row(f"{label}, {size} x {right.shape[1]}", [*tallies, f"-/{100 * held:.1f}"])
    for size in sorted({size for size, _ in every}):
        row(f"all, {size} draws", [every[size, name] for name in names])


def planted_power(sources: Sequence[Path]) -> None:
    """How often a gain of 10 points is found that is planted into real answers."""
    print(
        f"A gain of 10 points in B's answers: found in % of {SPLITS} splits; computed power in %."
    )
    row("method, draws of A and of B x items", ["AMPLIFY", "computed"])
    for label, right in matrices(sources):
        if len(right) < 2 * min(SIZES):
            continue
        rng = rng_of(label, "power")
        chance = GAIN / (1 - right.mean())
        better = right | (rng.random(right.shape) < chance)
        variances = components(right, better, rng)
        for size in SIZES:
            if len(right) < 2 * size:
                continue
            theirs, ours = splits(right, better, size, rng)
            found = amplify(ours, theirs, GAIN).gains.mean()
            computed = power(GAIN, variances, size, right.shape[1])
            row(
                f"{label}, {size} x {right.shape[1]}",
                [f"{100 * found:.1f}", f"{100 * computed:.1f}"],
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    simulated = commands.add_parser("simulate", help="claims, coverage and power in simulation")
    simulated.add_argument("--runs", type=int, default=1500)
    simulated.add_argument("--draws", type=int, nargs="+", default=SIZES)
    simulated.add_argument("--items", type=int, nargs="+", default=(50, 200))
    long = commands.add_parser("slow", help="the pigeonhole bootstrap and a binomial mixed model")
    long.add_argument("--runs", type=int, default=100)
    for name in ("split", "power"):
        real = commands.add_parser(name, help="on real answers of many draws")
        real.add_argument("sources", type=Path, nargs="+")
    given = parser.parse_args()
    start = time.process_time()
    if given.command == "simulate":
        simulate(given.runs, given.draws, given.items)
    elif given.command == "slow":
        slow(given.runs)
    else:
        {"split": split, "power": planted_power}[given.command](given.sources)
    print(f"{time.process_time() - start:.0f} s of one core", file=sys.stderr)


if __name__ == "__main__":
    main()
