"""The concurrency window: how many calls may be in flight at a time."""

from __future__ import annotations


class ConcurrencyWindow:
    """Grows with answers, halves when the service refuses calls for a rate limit.

    It begins at 1 (`probing`), so that a wrong key or a dead server costs one call, and opens to
    `most` with the first answer. After a cut it doubles with each round of answers until half of
    the size that was refused, then grows by one a round (as TCP does, RFC 5681).
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 1.0
        self.threshold = float(most)
        self.probing = True

    def answered(self) -> None:
        """A call was answered."""
        if self.probing:
            self.probing = False
            self.size = min(self.threshold, self.most) if self.threshold == self.most else 2.0
        elif self.size < self.threshold:
            self.size += 1
        else:
            self.size += 1 / self.size
        self.size = min(self.size, self.most)

    def refused(self) -> None:
        """The service refused a call for a rate limit: halve the window."""
        self.threshold = self.size = max(1.0, self.size / 2)

    def collapse(self) -> None:
        """The service answers nothing: one call at a time until it answers one."""
        self.threshold = max(1.0, self.size / 2) if not self.probing else self.threshold
        self.size = 1.0
        self.probing = True
