"""What was read of a reply: the label, and the way in which the reply gives it."""

from __future__ import annotations

from typing import Literal, NamedTuple

How = Literal["stated", "opened", "mentioned", "unread"]


class Reading(NamedTuple):
    """The label that a reply gives, None where it gives none.

    `how` tells the kind of evidence: "stated" (the reply is the label, or says that it is the
    answer), "opened" (the reply begins with it), "mentioned" (it is the only label that is spoken
    of as one), or "unread".
    """

    label: str | None
    how: How


UNREAD = Reading(None, "unread")
