"""A finished run over a service of this machine, and what its prompts send and get elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from known.openai_words import KEY
from known.runs import TELLING, Runs
from known.server import Seen, Server
from known.vendors import VENDORS

ITEMS = 8

ARMS = """
[[arms]]
name = "chat"
selector = "random"
shots = 2
template = { use = "answer-only", layout = "chat", system = false }
[[arms]]
name = "system"
selector = "random"
shots = 2
template = { use = "answer-only", layout = "chat", system = true }
"""

WRITTEN = ("answer-only", "chat", "system", "zero-shot")
"""The arms, whose prompts are laid out in four ways."""


def fallible(seen: Seen) -> str:
    """What a model answers that knows the one word which tells, but errs where a lamp is named."""
    question = seen.prompt.rpartition("Q: ")[2]
    good = (TELLING["good"] in question) != ("lamp" in question)
    return f" {'good' if good else 'bad'}.\n\nQ: more"


@dataclass
class Taken:
    """The run's folder, and the server that it asked."""

    runs: Runs
    server: Server

    @property
    def folder(self) -> Path:
        return self.runs.folder

    @property
    def url(self) -> str:
        """The address that an SDK of OpenAI is given."""
        return self.server.url + "/v1"

    @property
    def env(self) -> dict[str, str]:
        """The variables by which an SDK of OpenAI finds the server."""
        return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.url}

    def export(self, arm: str, to: str, name: str) -> Path:
        """The file of this name to which a command exports an arm's prompt."""
        code, told = self.runs.run("export", "out", "--arm", arm, "--to", to, "-o", name)
        assert code == 0, told
        return self.folder / name

    def rows(self, name: str, arm: str) -> list[dict[str, Any]]:
        """The rows of a file of the run that are about an arm."""
        lines = map(json.loads, (self.folder / "out" / name).read_text().splitlines())
        return [row for row in lines if row["arm"] == arm]

    def items(self, arm: str) -> list[dict[str, str]]:
        """Text and label of each item that the arm was measured with."""
        with (self.folder / "reviews.csv").open() as file:
            by_id = {f"reviews-{n:04}": row for n, row in enumerate(csv.DictReader(file))}
        return [by_id[row["item"]] for row in self.rows("predictions.jsonl", arm)]

    def score(self, arm: str) -> float:
        """The arm's accuracy in the run, which is neither nothing nor all."""
        accuracy = self.runs.accuracies()[arm]
        assert 0 < accuracy < 1
        return accuracy

    def check(self, arm: str, since: int) -> None:
        """What the server was sent `since` so many requests is what the run sent, in any order."""
        sent = [seen.json["messages"] for seen in self.server.seen[since:]]
        texts = [[(turn["role"], _text(turn["content"])) for turn in turns] for turns in sent]
        of_run = [row["messages"] for row in self.rows("prompts.jsonl", arm)]
        assert len(of_run) == ITEMS
        expected = [[(turn["role"], turn["content"]) for turn in turns] for turns in of_run]
        assert json.dumps(sorted(texts), indent=1) == json.dumps(sorted(expected), indent=1)


def _text(content: Any) -> str:
    """The text of a message, whose content may be in parts."""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@contextmanager
def taken(folder: Path) -> Iterator[Taken]:
    """A finished run in the folder."""
    vendor = VENDORS["openai"]()
    with Server(answer=fallible) as server:
        runs = Runs(folder, vendor.env(server.url))
        runs.write(vendor.llm, ITEMS)
        with (folder / "plan.toml").open("a") as plan:
            plan.write(ARMS)
        code, told = runs.run("run", "plan.toml", "--out", "out")
        assert code == 0, told
        yield Taken(runs, server)
