"""How long `amplify list-plugins` takes beside importing what it is made of.

Prints the median wall times of interleaved runs and their ratio; the goal is 2.0 or less with
all first-party plugins installed. The rival imports the libraries that any such command needs.

    python benchmarks/startup.py [--runs 21]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

OURS = (sys.executable, "-c", "from amplify.cli.main import main; main()", "list-plugins")
RIVAL = (sys.executable, "-c", "import click, pluggy, rich.table, importlib.metadata")
GOAL = 2.0


def seconds(command: Sequence[str]) -> float:
    """The wall time of one run of `command`."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=21, help="runs of each (21)")
    runs = parser.parse_args().runs
    listing = subprocess.run([*OURS, "--json"], check=True, capture_output=True, text=True).stdout
    names = [f"{p['name']} {p['state']}" for p in json.loads(listing)["plugins"]]
    print("plugins:", ", ".join(names))
    # A first run of each, not counted, so that neither pays for compiling or a cold disk.
    seconds(OURS)
    seconds(RIVAL)
    ours, rival = [], []
    for _ in range(runs):
        ours.append(seconds(OURS))
        rival.append(seconds(RIVAL))
    ratio = statistics.median(ours) / statistics.median(rival)
    print(f"amplify list-plugins: {statistics.median(ours) * 1000:6.0f} ms (median of {runs})")
    print(f"imports alone:        {statistics.median(rival) * 1000:6.0f} ms (median of {runs})")
    print(f"ratio: {ratio:.2f} (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
