"""What a component is told of its surroundings when it is built."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from amplify.contract.calls import AnswerMode, Completion, Failure, Request
from amplify.contract.data import Example
from amplify.contract.guard.paths import cache_folder, home, there
from amplify.contract.progress import Progress, silent


class Ask(Protocol):
    """Asks the run's LLM through the engine: journaled, cached, counted. Order is kept."""

    def __call__(self, requests: Sequence[Request]) -> list[Completion | Failure]: ...


@dataclass(frozen=True)
class Context:
    """All that a component knows of the host.

    `paths` are the folders that a relative path is looked for in, in order. `labels` and
    `instruction` are the task's, for components of an arm; `train` is filled for those that need
    the training split, `ask` for those that need the LLM. `answer` says how the LLM answers the
    arm of a selector: it writes a reply, ranks the labels, or does the one behind the other.
    `show` opens a phase of progress, for work that takes long.
    """

    seed: int = 0
    device: str = "auto"
    paths: tuple[Path, ...] = ()
    executor: Executor | None = None
    train: tuple[Example, ...] = ()
    labels: tuple[str, ...] = ()
    instruction: str = ""
    answer: AnswerMode = "write"
    ask: Ask | None = None
    show: Progress = silent

    @property
    def cache(self) -> Path:
        """The folder for what is made once and serves later runs too; it need not exist yet."""
        return cache_folder()

    def find(self, path: str) -> Path:
        """`path` itself if absolute, else the first of `paths` that holds it (or under the first).

        The returned path need not exist: whoever opens it names what is missing. DataError where
        it cannot be looked at, as for a name that is too long.
        """
        candidate = home(path)
        places = [folder / candidate for folder in self.paths] or [candidate]
        if candidate.is_absolute():
            places = [candidate]
        return next((place for place in places if there(place)), places[0])
