"""How those who ask hand over what they got."""

from __future__ import annotations

from typing import Protocol

from amplify.contract.calls import Completion, Failure


class Settle(Protocol):
    """Takes a request's key, its outcome, and after how many attempts it came."""

    def __call__(self, key: str, outcome: Completion | Failure, sent: int, /) -> None: ...
