"""Further requests of one attempt: a provider asks before each, and the engine counts it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

counts: ContextVar[Callable[[], bool] | None] = ContextVar("counts", default=None)
"""What counts a further request of the attempt that is under way, where anybody does."""


def may_ask_again() -> bool:
    """Whether one more request may go for the attempt that is under way.

    One that goes counts as an attempt of its own. Where a cap holds it back, the attempt ends with
    what the last request came to.
    """
    count = counts.get()
    return count is None or count()
