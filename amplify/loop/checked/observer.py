"""A checked observer: what it raises is a failure of its plugin."""

from __future__ import annotations

from amplify.contract.data import Event
from amplify.contract.guard.checked import Checked


class CheckedObserver(Checked):
    """An `Observer`."""

    role = "observer"
    needed = ("observe",)

    def observe(self, event: Event) -> None:
        """Tell the observer of an event."""
        with self.guard("observe"):
            self.inner.observe(event)
