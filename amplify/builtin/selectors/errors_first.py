"""Rank candidates with the error source's errors first, as all selectors of errors do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amplify import Candidate, Selection, Shot, counted, take_turns


def errors_first(
    candidates: Sequence[Candidate],
    worth: Callable[[Candidate], float],
    shots: int,
    balanced: bool,
    by: str,
    skip_suspects: bool = False,
) -> Selection:
    """At most `shots` of the candidates: errors of the highest worth, topped up with the next.

    `worth` ranks candidates, the highest first, equal ones by their id; `by` is its name in a note.
    Where no error source was asked, candidates are ranked by worth alone. `balanced` takes the
    labels in turn, `skip_suspects` leaves out candidates whose label is likely wrong.
    """
    sound = [c for c in candidates if not (skip_suspects and c.likely_mislabelled)]
    candidates, skipped = sound, len(candidates) - len(sound)
    surveyed = any(c.error is not None for c in candidates)
    ranked = sorted(candidates, key=lambda c: (surveyed and not c.error, -worth(c), c.example.id))
    if balanced:
        ranked = take_turns(ranked)
    chosen = ranked[:shots]
    notes = []
    if skipped:
        notes.append(
            counted(
                skipped,
                "candidate whose label is likely wrong was left out",
                "candidates whose label is likely wrong were left out",
            )
        )
    right = sum(not c.error for c in chosen) if surveyed else 0
    if right:
        errors = len(chosen) - right
        are = "is an error" if errors == 1 else "are errors"
        notes.append(
            f"{errors} of {counted(len(chosen), 'shot')} {are}; "
            + counted(right, "that was answered right fills", "that were answered right fill")
            + f" up, next by {by}"
        )
    if len(chosen) < shots:
        notes.append(f"only {counted(len(chosen), 'candidate')} for {counted(shots, 'shot')}")
    return Selection(tuple(Shot(c.example, candidate=c) for c in chosen), notes=tuple(notes))
