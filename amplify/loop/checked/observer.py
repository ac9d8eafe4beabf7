"""A checked observer: what it raises is a failure of its plugin."""

from __future__ import annotations

from amplify.contract.data import Event
from amplify.contract.errors import AmplifyError
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.checked import Checked


class CheckedObserver(Checked):
    """An `Observer`."""

    role = "observer"
    needed = ("observe",)

    def observe(self, event: Event) -> None:
        """Tell the observer of an event."""
        with self.guard("observe"):
            try:
                self.inner.observe(event)
            except AmplifyError as error:  # in an observer, no fault of the plan or the data
                raise Wrong(str(error)) from error
