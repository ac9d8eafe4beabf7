"""What ten draws of demonstrations cost beside one draw, with a local model.

The same plan is run with one draw and with ten, in turn, each in a process of its own that has
loaded the libraries before it begins. Printed are, for both and as a ratio: calls, fits of the
proxy, explanations, tokens of prompts (all, and those that were read anew: a block that the prompts
of an arm share is read once), and the processor's seconds (which a busy machine disturbs less than
the clock), in all and in each phase.

    python benchmarks/draws_cost.py [PLAN.toml] [--draws 10] [--rounds 1] [--limit N] [-o K=V]

Without a plan it is the default one, on the embedded model.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

ANSWERING = "answer the test items"
SURVEY = "survey the LLM's errors"


class Phases:
    """A `Progress` that adds up the processor's seconds of each phase.

    The seconds of a phase within another one are not counted in the outer one too.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = 0.0

    @contextmanager
    def __call__(self, phase: str, total: int | None) -> Iterator[Any]:
        outer, self._inner = self._inner, 0.0
        start = time.process_time()
        yield lambda count=1: None
        seconds = time.process_time() - start
        name = ANSWERING if phase.startswith("answer") else phase.partition(" (")[0]
        self.seconds[name] += seconds - self._inner
        self._inner = outer + seconds


def measure(
    plan_file: str | None, draws: int, limit: int | None, sets: list[str]
) -> dict[str, Any]:
    """One run of the plan in a folder of its own: its counts, and the seconds of its phases."""
    import torch

    for library in ("numpy", "transformers"):
        importlib.import_module(library)  # loaded here, so that no phase is timed with it
    from amplify.host.load import Host
    from amplify.loop.shared_work import count_explained, count_fits
    from amplify.run.execute import execute
    from amplify.run.plan.overrides import Overrides
    from amplify.run.plan.read import read_plan
    from amplify.run.store.prepared import read_preparation
    from amplify.run.store.run_folder import RunFolder
    from amplify.run.wiring.wire import wire

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    overrides = Overrides(draws=draws, limit=limit, sets=tuple(sets))
    plan = read_plan(Path(plan_file) if plan_file else None, overrides)
    phases, host = Phases(), Host.load()
    with tempfile.TemporaryDirectory() as folder:
        clock, processor = time.perf_counter(), time.process_time()
        run = execute(wire(plan, host, phases), RunFolder(Path(folder) / "run"))
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        stored = read_preparation(run.folder, [arm.name for arm in run.prepared])
    assert stored is not None
    tokens = [arm["tokens"] for arm in run.record["arms"]]
    prompt = sum(of_arm["input"] for of_arm in tokens)
    return {
        "counts": {
            "calls": run.calls,
            "fits": count_fits({"": stored.work}).distinct,
            "explanations": count_explained({"": stored.work}).distinct,
            "prompt tokens of the test items": prompt,
            "of these read anew": prompt - sum(of_arm["cached"] or 0 for of_arm in tokens),
            "reply tokens": sum(of_arm["output"] for of_arm in tokens),
        },
        "processor seconds": processor,
        "seconds by the clock": clock,
        "phases": {**phases.seconds, "all else": processor - sum(phases.seconds.values())},
    }


def run_apart(given: argparse.Namespace, draws: int) -> dict[str, Any]:
    """`measure`, in a process of its own."""
    command = [sys.executable, __file__, "--only", str(draws)]
    command += [given.plan] if given.plan else []
    command += ["--limit", str(given.limit)] if given.limit else []
    command += [part for text in given.sets for part in ("-o", text)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def line(name: str, one: float, many: float) -> str:
    """A line of the table: a figure with one draw, with several, and how many times as much."""
    ratio = f"{many / one:6.1f} x" if one else "       –"
    return f"{name:36} {one:12,.1f} {many:12,.1f} {ratio}".replace(".0 ", "   ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", nargs="?", help="a plan file (the default plan)")
    parser.add_argument("--draws", type=int, default=10, help="draws, beside one (10)")
    parser.add_argument("--rounds", type=int, default=1, help="how often both are run (1)")
    parser.add_argument("--limit", type=int, help="test items (those of the plan)")
    parser.add_argument("-o", dest="sets", action="append", default=[], help="a key of the plan")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps(measure(given.plan, given.only, given.limit, given.sets)))
        return
    rounds = [[run_apart(given, draws) for draws in (1, given.draws)] for _ in range(given.rounds)]
    first, second = zip(*rounds, strict=True)
    print(f"{'':36} {'1 draw':>12} {f'{given.draws} draws':>12}")
    for name in first[0]["counts"]:
        print(line(name, first[0]["counts"][name], second[0]["counts"][name]))
    for name in ("processor seconds", "seconds by the clock"):
        print(
            line(name, *(statistics.median(run[name] for run in runs) for runs in (first, second)))
        )
    for name in second[0]["phases"]:
        print(
            line(
                f"  {name}",
                *(
                    statistics.median(run["phases"].get(name, 0.0) for run in runs)
                    for runs in (first, second)
                ),
            )
        )


if __name__ == "__main__":
    main()
