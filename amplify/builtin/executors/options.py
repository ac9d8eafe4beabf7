"""The options of the built-in executors: plain declarations that import nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from amplify import option

MOST_WORKERS = 1000
"""More worker processes than this are a mistake: all of them are started at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessesOptions:
    """How many worker processes are started."""

    workers: int = option(0, help="how many processes; 0: one for each core")

    def __post_init__(self) -> None:
        if not 0 <= self.workers <= MOST_WORKERS:
            raise ValueError(f"workers are 0 to {MOST_WORKERS}, not {self.workers}")
