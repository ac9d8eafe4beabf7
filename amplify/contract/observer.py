"""The role of an observer that a user asks for: it is told what happens in a run.

A plugin declares it by `component.ObserverComponent`, and `--log NAME` asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from amplify.contract.data import Event


class Observer(Protocol):
    """Keeps or sends what it is told of a run; it changes nothing."""

    def observe(self, event: Event) -> None: ...
