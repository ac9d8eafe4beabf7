"""Unanswered: folders of runs and studies that nobody answered anything in, and can begin anew.

A wrong model, key or address is found out by the first call. What is left of such a run is no
reason to refuse the right one.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from amplify.run.store import lock
from amplify.run.store.attempts import Line, attempts_beside
from amplify.run.store.files import UNFINISHED, writing
from amplify.run.store.read_back import DAMAGE, stored_lines

BEFORE_ANSWERS = frozenset(
    {"plan.toml", "began.json", "prepared.json", "demonstrations.jsonl", "prompts.jsonl"}
)
"""What a run writes before it is answered anything."""

OF_A_RUN = BEFORE_ANSWERS | {
    *("calls.jsonl", "calls-attempts.jsonl", "predictions.jsonl", "record.json")
}
"""The files of a run, but for those of batches, which may be under way at their service."""

OF_A_STUDY = frozenset(
    {
        *("study.toml", "calls.jsonl", "calls-attempts.jsonl", "record.json"),
        *("table.md", "table.csv", "table.tex"),
    }
)
"""The files of a study, besides its folder of runs."""


class _Failed(msgspec.Struct):
    kind: str


class _Line(msgspec.Struct):
    failure: _Failed


def nothing_answered(journal: Path) -> bool:
    """Whether the calls of a journal failed, all of them, and certainly cost nothing.

    True as well where none was made. An attempt that was cut off, or that a service may have
    charged for, is not known to be nothing; nor is what cannot be read.
    """
    try:
        if journal.exists():
            for _, line in stored_lines(journal):
                msgspec.json.decode(line, type=_Line)
        flying: set[str] = set()
        beside = attempts_beside(journal)
        if beside.exists():
            for _, line in stored_lines(beside):
                one = msgspec.json.decode(line, type=Line)
                (flying.add if one.failed is None else flying.discard)(one.key)
                if one.charged:
                    return False
        return not flying
    except (OSError, *DAMAGE):
        return False


def any_made(journal: Path) -> bool:
    """Whether any call was made: what is prepared for others to answer has no calls."""
    places = (journal, attempts_beside(journal))
    return any(place.exists() and place.stat().st_size > 0 for place in places)


def own_files(folder: Path, names: Collection[str]) -> list[Path] | None:
    """The files in a folder where all are of these names; None where there are others."""
    found = [path for path in folder.iterdir() if path.name != lock.NAME]
    own = all(
        (path.name in names or path.suffix == UNFINISHED) and path.is_file() for path in found
    )
    return found if own else None


def left_of_a_run(folder: Path) -> list[Path]:
    """The files of a run in its folder that nobody answered anything in; else none.

    A run of a study, whose calls are elsewhere, is the study's.
    """
    if not _in_vain(folder, "plan.toml"):
        return []
    found = own_files(folder, OF_A_RUN) or []
    alone = [path.name for path in found] == ["plan.toml"]
    return found if alone or folder / "calls.jsonl" in found else []


def left_of_a_study(folder: Path) -> list[Path]:
    """The same of a study: its files, those of its runs, and their folders, in order of removal."""
    if not _in_vain(folder, "study.toml"):
        return []
    runs = folder / "runs"
    places = list(runs.iterdir()) if runs.is_dir() and not runs.is_symlink() else []
    found: list[Path] = []
    for place in places:
        own = own_files(place, OF_A_RUN) if place.is_dir() and not place.is_symlink() else None
        if own is None:
            return []
        found += [*own, place]
    study = [path for path in folder.iterdir() if path != runs and path.name != lock.NAME]
    if any(p.name not in OF_A_STUDY and p.suffix != UNFINISHED for p in study):
        return []
    return [*found, *study]


def _in_vain(folder: Path, plan: str) -> bool:
    """Whether the plan in the folder got no answer. One that asked nobody and is done is whole."""
    journal = folder / "calls.jsonl"
    done = (folder / "record.json").exists() and not any_made(journal)
    return (folder / plan).is_file() and not done and nothing_answered(journal)


def take_away(paths: Collection[Path]) -> None:
    """Take files away, and folders that are empty by then."""
    for path in paths:
        with writing(path):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
