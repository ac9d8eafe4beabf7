"""The functions by which long work reports its progress to whoever shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Advance(Protocol):
    """Reports that `count` more units are done."""

    def __call__(self, count: int = 1) -> None: ...


class Progress(Protocol):
    """Begins a phase of `total` units of work (None: not known)."""

    def __call__(self, phase: str, total: int | None) -> AbstractContextManager[Advance]: ...


@contextmanager
def silent(phase: str, total: int | None) -> Iterator[Advance]:
    """A `Progress` that shows nothing."""

    def advance(count: int = 1) -> None:
        pass

    yield advance
