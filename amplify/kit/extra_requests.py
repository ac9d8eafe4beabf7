"""Further requests of one attempt: a provider asks before each, and the engine counts it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from amplify.contract.calls import Completion


class AttemptUnderWay(Protocol):
    """What the engine does for an attempt that takes several requests."""

    @property
    def first_reply(self) -> Completion | None:
        """What an earlier attempt at the call got written; None where none did."""

    def keep(self, first_reply: Completion) -> None:
        """Keep what was written, behind which a further request asks for the label."""

    def may_ask_again(self) -> bool:
        """Whether one more request may go; one that goes is counted."""


under_way: ContextVar[AttemptUnderWay | None] = ContextVar("under_way", default=None)
"""The attempt that is under way, where anybody counts its requests."""


def may_ask_again() -> bool:
    """Whether one more request may go for the attempt that is under way.

    One that goes counts as an attempt of its own. Where a cap holds it back, the attempt ends with
    what the last request came to.
    """
    attempt = under_way.get()
    return attempt is None or attempt.may_ask_again()


def kept_reply() -> Completion | None:
    """The first reply that an earlier attempt at the call has kept, even in another process."""
    attempt = under_way.get()
    return None if attempt is None else attempt.first_reply


def keep_reply(first_reply: Completion) -> None:
    """Keep the first reply of a call that takes two, so that no later attempt pays for it again."""
    attempt = under_way.get()
    if attempt is not None:
        attempt.keep(first_reply)
