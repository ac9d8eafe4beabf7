"""Whole runs by the command line, in processes of their own, on a task that needs no proxy."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from known.commands import MAIN, run, start
from known.server import Seen
from known.waiting import wait_until

TELLING = {"good": "splendid", "bad": "dreadful"}
REST = ("house", "lamp", "river", "music", "garden", "letter", "chair", "green")

PLAN = """
[task]
use = "csv"
path = "reviews.csv"
instruction = "Answer with one of: bad, good."
[split]
train = 0
pool = 12
test = "all"
[llm]
{llm}
[calls]
backoff = 0.01
{calls}
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = 3
"""


def label(seen: Seen) -> str:
    """What a model would answer that knows the one word which tells."""
    return opinion(seen.prompt)


def opinion(prompt: str) -> str:
    """The label of the last question of a prompt."""
    return "good" if TELLING["good"] in prompt.rpartition("Q: ")[2] else "bad"


@dataclass
class Runs:
    """A folder with a task and a plan; `env` is what the commands find in the environment."""

    folder: Path
    env: dict[str, str]

    def write(self, llm: str, items: int = 20, calls: str = "") -> None:
        """The task, with `items` to measure on, and the plan."""
        labels, draw = list(TELLING), random.Random(3)
        rows = []
        for number in range(items + 12):
            label = labels[number % 2]
            words = [f"{draw.choice(REST)}{draw.randrange(99)}" for _ in range(8)]
            rows.append(f"{' '.join([*words[:4], TELLING[label], *words[4:]])},{label}")
        (self.folder / "reviews.csv").write_text("\n".join(["text,label", *rows, ""]))
        (self.folder / "plan.toml").write_text(PLAN.format(llm=llm, calls=calls))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that is running."""
        return start([*MAIN, *arguments], self.folder, **self._env)

    def killed(self, when: Callable[[], bool], *arguments: str) -> None:
        """A command that is killed as soon as something is so."""
        process = self.start(*arguments)
        wait_until(when, process)
        assert process.poll() is None, process.communicate()
        process.kill()
        process.communicate()

    def run(self, *arguments: str) -> tuple[int, str]:
        """The exit code of a command and all that it said."""
        done = self.python([*MAIN, *arguments])
        return done.returncode, done.stdout + done.stderr

    def python(self, command: Sequence[str], **env: str) -> subprocess.CompletedProcess[str]:
        """A process that has ended, run where the commands are and with what they find."""
        return run(command, self.folder, **{**self._env, **env})

    @property
    def _env(self) -> dict[str, str]:
        return {"XDG_CACHE_HOME": str(self.folder / "cache"), **self.env}

    @property
    def record(self) -> Any:
        return json.loads((self.folder / "out" / "record.json").read_text())

    def accuracies(self) -> dict[str, float]:
        return {arm["name"]: arm["accuracy"] for arm in self.record["arms"]}

    def holding(self, text: str) -> list[Path]:
        """The files below the folder, cache and all, that hold the text."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        assert len(files) > 5
        return [path for path in files if text.encode() in path.read_bytes()]
