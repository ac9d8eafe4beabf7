"""The role of an executor: it runs heavy local work.

A plugin declares it by `component.ExecutorComponent`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Executor


class ExecutorSource(Protocol):
    """Makes a `concurrent.futures.Executor` for heavy local work."""

    def open(self) -> Executor: ...
