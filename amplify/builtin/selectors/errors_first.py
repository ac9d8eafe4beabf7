"""Errors first: the order that all selectors which look at errors share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amplify import Candidate, Selection, Shot, take_turns


def errors_first(
    candidates: Sequence[Candidate],
    worth: Callable[[Candidate], float],
    shots: int,
    balanced: bool,
    by: str,
) -> Selection:
    """At most `shots` of the candidates: errors of the highest worth, topped up with the next.

    Where no error source was asked, all are ranked by worth alone. Equal ones go by the id. `by`
    tells the reader of a note what the worth is.
    """
    known = any(c.error is not None for c in candidates)
    ranked = sorted(candidates, key=lambda c: (known and not c.error, -worth(c), c.example.id))
    if balanced:
        ranked = take_turns(ranked)
    taken = ranked[:shots]
    notes = []
    right = sum(not c.error for c in taken) if known else 0
    if right:
        errors = len(taken) - right
        notes.append(
            f"{errors} of {len(taken)} shots are errors; {right} that were answered right "
            f"fill up, next by {by}"
        )
    if len(taken) < shots:
        notes.append(f"only {len(taken)} candidates for {shots} shots")
    return Selection(tuple(Shot(c.example, candidate=c) for c in taken), notes=tuple(notes))
