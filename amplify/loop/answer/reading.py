"""What was read of a reply: the label, and the way in which the reply gives it."""

from __future__ import annotations

from typing import NamedTuple

from amplify.contract.data import How


class Reading(NamedTuple):
    """The label that a reply gives, None where it gives none.

    `how` tells the kind of evidence: "stated" (the reply is the label, or says that it is the
    answer), "opened" (the reply begins with it), "mentioned" (it is the only label that is spoken
    of as one), "forced" (the label was asked for), or "unread".
    """

    label: str | None
    how: How


UNREAD = Reading(None, "unread")
