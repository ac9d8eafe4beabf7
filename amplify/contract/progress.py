"""How long work tells of its progress, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Advance(Protocol):
    """Tells that `count` more units are done."""

    def __call__(self, count: int = 1) -> None: ...


class Progress(Protocol):
    """Opens a phase of `total` units (None: not known)."""

    def __call__(self, phase: str, total: int | None) -> AbstractContextManager[Advance]: ...


@contextmanager
def silent(phase: str, total: int | None) -> Iterator[Advance]:
    """A progress that tells nobody."""

    def advance(count: int = 1) -> None:
        pass

    yield advance
