"""What a race promises, held against simulated and recorded answers.

    python benchmarks/race.py null [--tunes 1000] [--items 150] [--test 200]
    python benchmarks/race.py optimism [--races 200] [--items 120] [FOLDER ...]
    python benchmarks/race.py calls FOLDER ... [--orders 20]

`null` simulates whole tunes in worlds in which no contender is better than another: a race with
half of the calls that all contenders on all items would take, and then the winner, the baseline and
a third contender on new test items, compared by the project's own test. It prints the share of
tunes with a claim (goal: at most 5%), then, for races without a limit, the share in which the best
contender of the list was dropped by the bound (goal: at most 5%).

`optimism` compares the estimate with the true optimism, which is known, and with other estimates.

`calls` races the recorded contenders, which are the arms and draws of run folders or of folders
that hold them, against asking all of them everything; the share of a race by an empirical Bernstein
bound is for comparison.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from race_rivals import bernstein_calls, bootstraps, over_folds
from race_worlds import ALIKE, UNEQUAL, World, folders, recorded, recorded_answers

from amplify.contract.data import Prediction
from amplify.loop.compare.compare import compare
from amplify.loop.compare.family import adjust
from amplify.loop.race.optimism import estimate_optimism
from amplify.loop.race.race import Race
from amplify.loop.race.schedule import Schedule

RESAMPLES = 99
"""Of the intervals of comparisons, which are not looked at."""


def run_race(right: Any, share: float | None) -> tuple[Race, int]:
    """A race over the columns of `right`, with this share of the calls, and the calls it took."""
    contenders, items = right.shape
    calls = None if share is None else int(share * right.size)
    schedule = Schedule(items, contenders, calls)
    race, spent = Race([str(place) for place in range(contenders)], items), 0
    while True:
        left = None if calls is None else calls - spent
        step = schedule.step(race.total, len(race.surviving), left)
        if not step.items:
            return race, spent
        columns = slice(race.total, race.total + step.items)
        spent += step.items * len(race.surviving)
        race.add({name: right[int(name), columns].tolist() for name in race.surviving})
        if step.keep is not None:
            race.halve(step.keep)


def predictions(name: str, right: Any) -> dict[tuple[int, int], list[Prediction]]:
    """The answers of a contender as those of an arm with one draw."""
    return {
        (0, 0): [
            Prediction(name, str(item), "yes", "yes" if value else "no", "answered", bool(value))
            for item, value in enumerate(right)
        ]
    }


def claims(race: Race, test: Any) -> bool:
    """Whether the winner is shown to differ on test from contender 0 or 1, as one family."""
    winner = race.leader
    ours = predictions(winner, test[int(winner)])
    compared = [
        compare(winner, name, ours, predictions(name, test[int(name)]), resamples=RESAMPLES)
        for name in ("0", "1")
        if name != winner
    ]
    return any(c.shown for c in adjust("test", [c for c in compared if c is not None]))


def lost_the_best(race: Race, right: Any) -> bool:
    """Whether the bound dropped all that are the best of the whole list."""
    totals = right.sum(1)
    best = {str(place) for place in np.flatnonzero(totals == totals.max())}
    return best <= {of_race.name for of_race in race.exits if of_race.reason == "bound"}


def share_of(count: int, total: int) -> str:
    return f"{100 * count / total:.1f}%"


def null(tunes: int, items: int, test: int) -> None:
    """False claims on test, and races that lose the best contender."""
    print(f"{tunes} tunes each: a false claim on test; the best dropped by the bound")
    for world in ALIKE:
        random, false, lost, lost_half, spent = np.random.default_rng(1), 0, 0, 0, 0
        for _ in range(tunes):
            right = world.draw(items, random)
            race, _ = run_race(right, 0.5)
            false += claims(race, world.draw(test, random))
            lost_half += lost_the_best(race, right)
            race, calls = run_race(right, None)
            lost += lost_the_best(race, right)
            spent += calls
        print(
            f"{world.name:40} claimed {share_of(false, tunes):>6}"
            f"   dropped {share_of(lost_half, tunes):>6} with half of the calls,"
            f" {share_of(lost, tunes):>6} without a limit"
            f" ({share_of(spent, tunes * right.size)} of the calls)",
            flush=True,
        )


def narrow(races: int, items: int) -> None:
    """Races in which the best has one right answer more than all others, who are equal."""
    for contenders in (2, 5, 20):
        random, lost = np.random.default_rng(2), 0
        half = np.tile(np.arange(items) < items // 2, (contenders, 1))
        for _ in range(races):
            right = random.permuted(half, axis=1)
            right[-1, np.flatnonzero(~right[-1])[0]] = True
            race, _ = run_race(right[:, random.permutation(items)], None)
            lost += lost_the_best(race, right)
        name = f"{contenders}, the best by one item"
        print(f"{name:40} dropped {share_of(lost, races):>6} without a limit", flush=True)


def optimism(races: int, items: int, worlds: Sequence[World]) -> None:
    """The true optimism, the estimates, and the intervals."""
    print(
        f"{races} races over {items} items: mean optimism in points; intervals that hold the true"
    )
    print(f"{'world, share of the calls':44}    true  ours  bootstrap  BBC-CV  folds   hold")
    for world in worlds:
        for share in (None, 0.35):
            random = np.random.default_rng(1)
            true, held, rows = [], 0, []
            for _ in range(races):
                race, _ = run_race(world.draw(items, random), share)
                ours = estimate_optimism(race.answers, race.leader)
                luck = ours.score - world.true[int(race.leader)]
                true.append(luck)
                held += ours.interval[0] <= luck <= ours.interval[1]
                rows.append((ours.estimate, *bootstraps(race, random), over_folds(race)))
            means = 100 * np.array(rows).mean(0)
            print(
                f"{world.name:36}{'all' if share is None else share_of(35, 100):>8}"
                f"{100 * np.mean(true):8.1f}{means[0]:6.1f}{means[1]:11.1f}{means[2]:8.1f}"
                f"{means[3]:7.1f}{share_of(held, races):>7}",
                flush=True,
            )


def calls(paths: Sequence[Path], orders: int) -> None:
    """Racing against asking everything."""
    print(f"{orders} orders of the items: median share of the calls; points lost against the best")
    for place in folders(paths):
        right = recorded_answers(place)
        scores = right.mean(1)
        rival = [
            bernstein_calls(right[:, np.random.default_rng(order).permutation(right.shape[1])])
            for order in range(orders)
        ]
        print(
            f"{place.name[:36]:37}{right.shape[0]:3} x {right.shape[1]}  empirical Bernstein"
            f"{100 * np.median(rival) / right.size:5.1f}%"
        )
        for share, name in ((None, "bound alone"), (0.5, "half of the calls"), (0.25, "a quarter")):
            spent, losses = [], []
            for order in range(orders):
                shuffled = right[:, np.random.default_rng(order).permutation(right.shape[1])]
                race, used = run_race(shuffled, share)
                spent.append(used / right.size)
                losses.append(100 * (scores.max() - scores[int(race.leader)]))
            close = sum(loss <= 1 + 1e-9 for loss in losses)
            print(
                f"{place.name[:36]:37}{right.shape[0]:3} x {right.shape[1]}  {name:18}"
                f"{100 * np.median(spent):6.1f}%   lost {np.median(losses):4.1f} in the median,"
                f" {max(losses):4.1f} at most; within a point in {close} of {orders}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    of_null, of_optimism, of_calls = map(commands.add_parser, ("null", "optimism", "calls"))
    of_null.add_argument("--tunes", type=int, default=1000)
    of_null.add_argument("--items", type=int, default=150)
    of_null.add_argument("--test", type=int, default=200)
    of_optimism.add_argument("--races", type=int, default=200)
    of_optimism.add_argument("--items", type=int, default=120)
    of_optimism.add_argument("folders", type=Path, nargs="*")
    of_calls.add_argument("--orders", type=int, default=20)
    of_calls.add_argument("folders", type=Path, nargs="+")
    given = parser.parse_args()
    if given.command == "null":
        null(given.tunes, given.items, given.test)
        narrow(given.tunes, given.items)
    elif given.command == "optimism":
        worlds = [*UNEQUAL, *map(recorded, folders(given.folders))]
        optimism(given.races, given.items, worlds)
    else:
        calls(given.folders, given.orders)


if __name__ == "__main__":
    main()
