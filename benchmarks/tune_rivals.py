"""Measures `amplify tune` beside single arms, best of N and DSPy's random search, on five tasks.

    AMPLIFY_DATA=data python benchmarks/tune_rivals.py run FOLDER [--tasks SST-2,TREC] [--seed 0]
        [-o KEY=VALUE ...]
    python benchmarks/tune_rivals.py report FOLDER

`run` makes three runs for each task, with the same data, split and seed: a tune of
`plans/real/tune.toml` with 1,000 calls, 360 of which are for its test, the arms of
`plans/real/tune-rivals.toml`, of which the two that search have 640 calls each, and those of
`plans/real/tune-calibrated.toml`. A run that was
interrupted is resumed, one that is finished is left as it is. AMPLIFY_DATA names a folder with
`sst2/`, `trec/`, `subj/`, and `ag_news.csv` and `irony.csv` of `benchmarks/real_tasks.py`.

`report` prints the accuracies, and compares the winner of each race with every other arm: by task,
with a 95% bootstrap interval over test items, and over tasks by a sign-flip test and a bootstrap,
as a study does. The race saw no test item, so that the winner was not chosen by them; the prompt
that the tune returns is the baseline unless the test shows a gain, and has a column of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from amplify.loop.compare.statistics import bootstrap, permutation

PLANS = Path(__file__).parent.parent / "plans" / "real"
TASKS = {
    "SST-2": "sst2/train.csv",
    "TREC": "trec/train.csv",
    "SUBJ": "subj/subj.csv",
    "irony": "irony.csv",
    "AG News": "ag_news.csv",
}
MOST_CALLS = 1000
RIVALS = ("rivals", "calibrated", "dspy")
"""The folders of a task whose arms stand beside its tune; what `run` makes is in the first two."""

SINGLE = ("zero-shot", "answer-only", "amplify", "nearest")
SINGLE_TOO = ("zero-shot calibrated", "answer-only calibrated", "nearest 4")
SEARCHES = ("best of 8", "dspy")
SEARCHES_TOO = (
    "best of 8 calibrated",
    "dspy calibrated",
    "dspy in our layout",
    "dspy in our layout, calibrated",
)
OTHERS = (*SINGLE, *SINGLE_TOO, *SEARCHES, *SEARCHES_TOO)

ByItem = dict[str, float]
"""The share of draws that got a test item right, by the item."""


def run_task(folder: Path, path: str, seed: int, settings: Sequence[str]) -> None:
    """The tune of a task and the run of its rivals, where they are not finished."""
    shared = [f"-otask.path={path}", f"--seed={seed}", *(f"-o{text}" for text in settings)]
    commands = {
        "tune": ["tune", str(PLANS / "tune.toml"), f"--max-calls={MOST_CALLS}", *shared],
        "rivals": ["run", str(PLANS / "tune-rivals.toml"), *shared],
        "calibrated": ["run", str(PLANS / "tune-calibrated.toml"), *shared],
    }
    for name, command in commands.items():
        place = folder / name
        if (place / "record.json").exists():
            continue
        begun = (place / "calls.jsonl").exists() and (place / "calls.jsonl").stat().st_size
        arguments = [command[0], "--resume"] if begun else command
        program = Path(sys.executable).with_name("amplify")
        print(f"{folder.name}: {name}", file=sys.stderr, flush=True)
        ended = subprocess.run([program, *arguments, "--out", str(place)], check=False)
        if ended.returncode not in (0, 1):
            print(f"{folder.name}: {name} ended with {ended.returncode}", file=sys.stderr)


def answers(folder: Path) -> dict[str, ByItem]:
    """The answers of each arm of a finished run on its test items: means over draws."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in (folder / "predictions.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        values[row["arm"]][row["item"]].append(float(row["correct"]))
    return {
        arm: {item: fmean(right) for item, right in by_item.items()}
        for arm, by_item in values.items()
    }


def of_task(folder: Path) -> tuple[dict[str, ByItem], dict[str, Any]]:
    """The answers of all arms of a task on the same test items, and the tune's race."""
    race = json.loads((folder / "tune" / "record.json").read_text("utf-8"))["race"]
    of_tune, rivals = answers(folder / "tune"), {}
    for name in RIVALS:
        if (folder / name / "record.json").exists():
            rivals |= answers(folder / name)
    every = {
        "tune": of_tune[race["winner"]],
        "tune, as returned": of_tune[race["chosen"]],
        **{name: rivals[name] for name in OTHERS if name in rivals},
    }
    items = set(every["tune"])
    if any(set(by_item) != items for by_item in every.values()):
        raise SystemExit(f"{folder}: the arms did not answer the same test items")
    return every, race


def differences(ours: ByItem, theirs: ByItem) -> list[float]:
    """What the first has more on each item, in points."""
    return [100 * (right - theirs[item]) for item, right in sorted(ours.items())]


def compared(values: Sequence[float]) -> str:
    """The mean and its 95% bootstrap interval."""
    interval = bootstrap(values, 0)
    text = f"{fmean(values):+.1f}"
    return text if interval is None else f"{text} ({interval[0][0]:+.1f} to {interval[0][1]:+.1f})"


def report(folder: Path) -> None:
    """Print what the finished tasks show."""
    finished = {}
    for place in sorted(folder.iterdir()):
        if all((place / name / "record.json").exists() for name in ("tune", "rivals")):
            finished[place.name] = of_task(place)
    print("\n## Right on test, %\n")
    print("| arm | " + " | ".join(finished) + " |")
    for name in ("tune", "tune, as returned", *OTHERS):
        cells = [_percent(every.get(name)) for every, _ in finished.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("\n## The races\n")
    for task, (_, race) in finished.items():
        optimism = race["optimism"] and f"{100 * race['optimism']['estimate']:.1f}"
        of_winner = race["scores"][0]["validation"]
        validation = of_winner and f"{100 * of_winner['accuracy']:.1f} of {of_winner['items']}"
        print(
            f"- {task}: won by {race['winner']}, returned {race['chosen']}, validation"
            f" {validation}, optimism {optimism}, calls {_calls(folder / task)}"
        )
    print("\n## The winner less each other arm, points, by items\n")
    print("| arm | " + " | ".join(finished) + " |")
    for name in OTHERS:
        cells = [
            compared(differences(every["tune"], every[name])) if name in every else "–"
            for every, _ in finished.values()
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")
    of_best = [
        f"{best}: {compared(differences(every['tune'], every[best]))}"
        for every, _ in finished.values()
        for best in [_best_single(every)]
    ]
    print("| best single arm | " + " | ".join(of_best) + " |")
    print("\n## Over tasks: the mean of the seeds of a task is its figure\n")
    for name in (*OTHERS, "best single arm"):
        _over_tasks(name, finished)


def _percent(by_item: ByItem | None) -> str:
    return "–" if by_item is None else f"{100 * fmean(by_item.values()):.1f}"


def _best_single(every: Mapping[str, ByItem]) -> str:
    """The arm without a search that is best on the test items: a choice that flatters it."""
    known = [name for name in (*SINGLE, *SINGLE_TOO) if name in every]
    return max(known, key=lambda name: fmean(every[name].values()))


def _over_tasks(name: str, finished: Mapping[str, tuple[dict[str, ByItem], Any]]) -> None:
    by_task: dict[str, list[float]] = defaultdict(list)
    for place, (every, _) in finished.items():
        other = _best_single(every) if name == "best single arm" else name
        if other in every:
            mean = fmean(differences(every["tune"], every[other]))
            by_task[place.rsplit(", ", 1)[0]].append(mean)
    of_tasks = [fmean(values) for values in by_task.values()]
    if len(of_tasks) < 2:
        return
    above = sum(value > 0 for value in of_tasks)
    p_value = permutation(of_tasks, [0.0] * len(of_tasks), 0)
    print(
        f"- less {name}: {compared(of_tasks)}, above on {above} of {len(of_tasks)} tasks,"
        f" sign flip p = {p_value:.3f}"
    )


def _calls(folder: Path) -> str:
    """How many calls the tune made, how many of them in its race, and how many the rivals made."""
    counts = []
    for name in ("tune", "rivals"):
        with (folder / name / "calls.jsonl").open(encoding="utf-8") as lines:
            arms = [json.loads(line)["arm"] for line in lines]
        counts.append(f"{name} {len(arms):,}")
        if name == "rivals":
            counts.append(f"of dspy's compilation {arms.count('dspy') - 120:,}")
    return ", ".join(counts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run")
    runs.add_argument("folder", type=Path)
    runs.add_argument("--tasks", default=",".join(TASKS))
    runs.add_argument("--seed", type=int, default=0)
    runs.add_argument("-o", dest="settings", action="append", default=[])
    commands.add_parser("report").add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.command == "report":
        report(given.folder)
        return
    for task in given.tasks.split(","):
        place = given.folder / f"{task}, seed {given.seed}"
        place.mkdir(parents=True, exist_ok=True)
        run_task(place, TASKS[task], given.seed, given.settings)


if __name__ == "__main__":
    main()
