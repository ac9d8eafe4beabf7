"""Keeps a file of labels for one command at a time, and for the prompt and LLM that began it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.errors import DataError, PlanError
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.labeller import Labeller
from amplify.run.prompt.results import ANOTHER, Results, already_there
from amplify.run.store.beginning import identity_changes
from amplify.run.store.files import write_whole
from amplify.run.store.lock import locked_by
from amplify.run.store.read_back import read_stored, reading

SUFFIX = ".began.json"
"""How the file beside the output is called, behind the output's name."""

PARTS = {
    "labels": "other labels",
    "instruction": "another instruction",
    "layouts": "other messages",
    "choice": "another choice of demonstrations",
    "answer": "another way of asking for the answer and reading it",
}
"""The parts of a prompt that decide on the labels, and how a change of each is called."""


class BegunOutput(msgspec.Struct):
    """What the rows of a file were labelled with: the finished prompt, and what identified the LLM
    (which base URL, which model, which settings)."""

    provider: dict[str, Any]
    prompt: dict[str, Any]

    @classmethod
    def now(cls, prompt: FinishedPrompt, provider: Mapping[str, Any]) -> BegunOutput:
        """What rows are labelled with from now on."""
        return cls(
            json.loads(json.dumps(dict(provider))), msgspec.json.decode(prompt.encoded().encode())
        )

    def changes(self, now: BegunOutput) -> list[str]:
        """What the rows were labelled with in place of what there is `now`; empty where nothing
        that decides on the labels has changed."""
        prompt = [
            words for part, words in PARTS.items() if self.prompt.get(part) != now.prompt.get(part)
        ]
        llm = identity_changes(self.provider, now.provider)
        return [
            f"another {name} ({'; '.join(differences)})"
            for name, differences in (("prompt", prompt), ("LLM", llm))
            if differences
        ]


@contextmanager
def output_kept(
    output: Path,
    labeller: Labeller,
    results: Results,
    resume: bool,
    warn: Callable[[str], None],
) -> Iterator[None]:
    """The output file for this command alone, and for one prompt and one LLM.

    What the labeller labels with is written beside an output that is begun. With `resume` an output
    that is there goes on: DataError where it was begun with another prompt or LLM, PlanError where
    another process is writing it. `results` is how it is written, and `warn` is told where nothing
    says what it was begun with.
    """
    if os.path.isdir(output) or not output.name:
        raise already_there(output)
    begun = BegunOutput.now(labeller.finished, labeller.engine.identity)
    with locked_by(
        output.with_name(f".{output.name}.lock"), lambda by: _under_way(output, by), warn
    ):
        if not os.path.lexists(output):
            _write(output, begun)
        elif not resume:
            raise already_there(output)
        else:
            next(results.stored(output), None)  # a file of something else stays as it is
            _check(output, begun, warn)
        yield


def _check(output: Path, now: BegunOutput, warn: Callable[[str], None]) -> None:
    path = _beside(output)
    if not path.exists():
        warn(
            f"{path} is not there, so that nothing says what {output} was begun with: its rows are"
            " taken for those of this prompt and LLM"
        )
        _write(output, now)
        return
    with reading(path, f"what {output.name} was begun with cannot be read", ANOTHER):
        begun = msgspec.json.decode(read_stored(path), type=BegunOutput)
    if changes := begun.changes(now):
        raise DataError(
            f"its rows were labelled with {' and '.join(changes)}",
            where=str(output),
            hint=f"go on with the prompt and the LLM that {path.name} names, or {ANOTHER}",
        )


def _beside(output: Path) -> Path:
    return output.with_name(output.name + SUFFIX)


def _write(output: Path, begun: BegunOutput) -> None:
    text = json.dumps(msgspec.to_builtins(begun), indent=2, ensure_ascii=False)
    write_whole(_beside(output), f"{text}\n")


def _under_way(output: Path, holder: str) -> PlanError:
    return PlanError(
        f"texts are being labelled into it, by {holder}",
        where=str(output),
        hint=f"wait until that is over, or {ANOTHER}",
    )
