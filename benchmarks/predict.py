"""How fast `amplify predict` labels a large file, and whether its memory grows with the file.

The LLM is a plugin of a few lines that answers at once, so that all of the time is amplify's own.
The command runs on a tenth of the rows first, then on all of them, and labels a CSV file into
another one. The rate without the start of the process is that of the rows by which the two differ.

    python benchmarks/predict.py [--rows 100000]
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from known.opinions import finished_prompt
from known.site import Site

DECLARATION = """
    from amplify import ProviderComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="opinion", factory="{module}_live:Opinion", summary="answers at once"
        )
"""
LLM = """
    from amplify import Completion, SyncProvider

    class Opinion(SyncProvider):
        identity = {"provider": "opinion"}

        def complete(self, requests):
            for index, request in enumerate(requests):
                good = request.prompt.text.rpartition("\\nA:")[0][-1:] in "02468"
                yield index, Completion("good" if good else "bad", "opinion")
"""
GOAL = 16
"""Mebibytes that the peak may grow by, from a tenth of the rows to all of them."""


@dataclass(frozen=True)
class Took:
    """What a command took: `seconds` of wall time, of them `busy` on the processor, and `peak`
    memory in mebibytes."""

    rows: int
    seconds: float
    busy: float
    peak: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the file (100000)")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "site").mkdir()
        Site(folder / "site").add("amplify-opinion", DECLARATION, live=LLM)
        finished_prompt().write(folder / "prompt.json")
        took = [label(folder, count) for count in (rows // 10, rows)]
    for each in took:
        speed = f"{each.seconds:6.1f} s, {each.rows / each.seconds:7,.0f} rows/s"
        busy = f"{each.busy:5.1f} s on the processor"
        print(f"{each.rows:8,} rows: {speed}, {busy}, {each.peak:.0f} MiB")
    small, large = took
    count = large.rows - small.rows
    rate = count / (large.seconds - small.seconds)
    of_processor = count / (large.busy - small.busy)
    print(f"without the start: {rate:,.0f} rows/s; {of_processor:,.0f} in a processor's second")
    print(f"memory grew by {large.peak - small.peak:.0f} MiB (goal: at most {GOAL})")


def label(folder: Path, rows: int) -> Took:
    """The command over so many rows, each with a text of its own."""
    source, target = folder / f"{rows}.csv", folder / f"{rows}-labelled.csv"
    with source.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        for number in range(rows):
            writer.writerow([number, f"the river by the garden, of a lamp and a chair {number}"])
    command = [sys.executable, "-c", "from amplify.cli.main import main; main()", "predict"]
    arguments = [str(folder / "prompt.json"), str(source), "-o", str(target)]
    path = os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, *arguments],
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    with target.open() as file:
        labelled = sum(1 for _ in file) - 1
    if status or labelled != rows:
        raise SystemExit(f"{labelled:,} of {rows:,} rows were labelled; status {status}")
    return Took(rows, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
