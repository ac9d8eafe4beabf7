"""The candidates that a selector by likeness may show, in an order that is always the same."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.selector import Candidate


def sound_pool(candidates: Sequence[Candidate], labels: tuple[str, ...]) -> list[Candidate]:
    """The candidates by id, without those whose target is none of their labels.

    `labels` are those of the task.
    """
    known = (
        c for c in candidates if c.example.label in (c.example.labels(labels) or [c.example.label])
    )
    return sorted(known, key=lambda c: c.example.id)
