"""How many calls may be in flight: as many as the other end takes."""

from __future__ import annotations


class Window:
    """Grows with answers, halves at a refusal; never above `most`.

    It begins at 1, so that a wrong key or a dead server costs one call, and opens wholly with the
    first answer. After a cut it doubles a round until half of what was refused, then grows by one
    a round (as TCP does, RFC 5681).
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
        """The service wants fewer at once."""
        self.threshold = self.size = max(1.0, self.size / 2)

    def collapse(self) -> None:
        """Nothing is answered: one at a time, until something is."""
        self.threshold = max(1.0, self.size / 2) if not self.probing else self.threshold
        self.size = 1.0
        self.probing = True
