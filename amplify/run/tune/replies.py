"""Counts what became of the replies of a race, by contender, and sums that up in few notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from amplify.contract.calls import Completion
from amplify.contract.data import Prediction
from amplify.contract.grammar import counted
from amplify.run.engine.answers import Answers

NAMED = 3
"""How many contenders a note names."""


@dataclass
class ReplyCounts:
    """What became of a contender's validation items over all rounds.

    So many `items` were asked; of their answers so many are `unread`, `refused` and `failed`.
    `asked_again` counts second calls on unread replies, `then_read` those that gave an answer.
    `notes` counts replies by what the provider noted of them, `prior` says why the contender has no
    prior, and `example` is an unread reply.
    """

    items: int = 0
    unread: int = 0
    refused: int = 0
    failed: int = 0
    asked_again: int = 0
    then_read: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    prior: str = ""
    example: str = ""

    def add(self, read: Sequence[Prediction], answers: Answers) -> None:
        """Count a round: its predictions, and the `answers` that they were read of."""
        statuses = Counter(prediction.status for prediction in read)
        self.items += len(read) - statuses["prepared"]
        self.unread += statuses["unparsed"]
        self.refused += statuses["refused"]
        self.failed += statuses["failed"]
        unread = (prediction.reply for prediction in read if prediction.status == "unparsed")
        self.example = self.example or next(unread, "")
        for counts in answers.second_calls.values():
            self.asked_again += counts.asked
            self.then_read += counts.read
        outcomes = chain(*answers.outcomes.values())
        self.notes.update(o.note for o in outcomes if isinstance(o, Completion) and o.note)

    def table(self) -> dict[str, Any]:
        """What the record has of it."""
        notes = [f"{_replies(count)} {note}" for note, count in self.notes.items()]
        return {
            "unread": self.unread,
            "refused": self.refused,
            "failed": self.failed,
            "notes": [*([self.prior] if self.prior else []), *notes],
        }


def race_notes(counts: Mapping[str, ReplyCounts]) -> list[str]:
    """What the readers of a tune have to know of its race; `counts` are by contender's name.

    Each kind of note is one, however many contenders it is of.
    """
    notes = []
    for reason in dict.fromkeys(of.prior for of in counts.values() if of.prior):
        names = [name for name, of in counts.items() if of.prior == reason]
        notes.append(f"in the race {reason}: {_named(names)}")
    for text in dict.fromkeys(chain(*(of.notes for of in counts.values()))):
        notes += _summed(counts, {name: of.notes[text] for name, of in counts.items()}, text)
    refused = {name: of.refused for name, of in counts.items()}
    notes += _summed(counts, refused, "came to a refusal")
    unread = {name: of.unread for name, of in counts.items() if 3 * of.unread >= of.items}
    example = next((counts[name].example for name, count in unread.items() if count), "")
    for note in _summed(counts, unread, "could not be read"):
        notes.append(f"{note}; for instance {example[:60]!r}")
    again = sum(of.asked_again for of in counts.values())
    if again:
        then_read = sum(of.then_read for of in counts.values())
        notes.append(
            f"in the race second calls on unread replies: {again:,}, by which {then_read:,} were"
            " read"
        )
    return notes


def _summed(counts: Mapping[str, ReplyCounts], replies: Mapping[str, int], what: str) -> list[str]:
    """A note on the contenders that have any of these `replies`; none where nobody has."""
    worst = sorted((name for name in replies if replies[name]), key=lambda name: -replies[name])
    names = [f"{name} ({replies[name]:,} of {counts[name].items:,})" for name in worst]
    total = sum(replies.values())
    return [f"in the race {_replies(total)} {what}: {_named(names)}"] if names else []


def _replies(count: int) -> str:
    return counted(count, "reply", "replies")


def _named(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - NAMED
    shown = ", ".join(names[:NAMED])
    return f"{shown} and {more} more" if more > 0 else shown
