"""The selector behind a door: it chooses for test items without their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amplify.contract.attribution import Candidate, Selection
from amplify.contract.data import Example
from amplify.contract.guard.door import Door
from amplify.contract.guard.origin import Origin
from amplify.loop.checked.apart import candidate_apart
from amplify.loop.checked.selection import Asked, check_selection
from amplify.loop.checked.unlabelled import all_unlabelled


class SelectorDoor(Door):
    """A `Selector`; `brings` says that it was declared to show examples of its own."""

    role = "selector"
    needed = ("select",)

    def __init__(self, inner: Any, origin: Origin, brings: bool = False) -> None:
        super().__init__(inner, origin)
        self.brings = brings

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots` of the candidates."""
        with self.guard("select"):
            given = [candidate_apart(candidate) for candidate in candidates]
            found = self.inner.select(given, shots, all_unlabelled(queries))
            return check_selection(found, Asked.of(candidates, queries, shots, self.brings))
