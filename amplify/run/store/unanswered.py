"""Unanswered: folders of runs and studies in which no call was answered.

A wrong model, key or address is found out by the first call. A run or study may begin anew in the
folder that such a run left.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from amplify.run.store import lock
from amplify.run.store.attempts import AttemptLine, attempts_beside
from amplify.run.store.files import UNFINISHED, writing
from amplify.run.store.read_back import DAMAGE, stored_lines

BEFORE_ANSWERS = frozenset(
    {
        *("plan.toml", "began.json", "prepared.json", "demonstrations.jsonl"),
        *("prompts.jsonl", "rounds.jsonl", "events.jsonl"),
    }
)
"""What a run writes before it is answered anything."""

OF_A_RUN = BEFORE_ANSWERS | {
    *("calls.jsonl", "calls-attempts.jsonl", "predictions.jsonl", "record.json"),
    *("draws.svg", "race.svg"),
}
"""The files of a run, but for those of batches, which may be under way at their service."""

OF_A_STUDY = frozenset(
    {
        *("study.toml", "calls.jsonl", "calls-attempts.jsonl", "record.json"),
        *("table.md", "table.csv", "table.tex", "draws.svg"),
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
        open_calls: set[str] = set()
        beside = attempts_beside(journal)
        if beside.exists():
            for _, line in stored_lines(beside):
                attempt = msgspec.json.decode(line, type=AttemptLine)
                (open_calls.add if attempt.failed is None else open_calls.discard)(attempt.key)
                if attempt.charged or attempt.written is not None:
                    return False
        return not open_calls
    except (OSError, *DAMAGE):
        return False


def any_made(journal: Path) -> bool:
    """Whether any call was made: what is prepared for others to answer has no calls."""
    places = (journal, attempts_beside(journal))
    return any(place.exists() and place.stat().st_size > 0 for place in places)


def files_named(folder: Path, names: Collection[str]) -> list[Path] | None:
    """The files in a folder where all are of these names; None where there are others."""
    files = [path for path in folder.iterdir() if path.name != lock.NAME]
    ours = all(
        (path.name in names or path.suffix == UNFINISHED) and path.is_file() for path in files
    )
    return files if ours else None


def left_of_a_run(folder: Path) -> list[Path]:
    """The files of a run's folder in which no call was answered; none where one was.

    None either for a run of a study, whose calls are in the study's folder.
    """
    if not _in_vain(folder, "plan.toml"):
        return []
    files = files_named(folder, OF_A_RUN) or []
    alone = [path.name for path in files] == ["plan.toml"]
    return files if alone or folder / "calls.jsonl" in files else []


def left_of_a_study(folder: Path) -> list[Path]:
    """The files of a study's folder in which no call was answered, those of its runs, and their
    folders, in order of removal; none where a call was answered."""
    if not _in_vain(folder, "study.toml"):
        return []
    runs = folder / "runs"
    places = list(runs.iterdir()) if runs.is_dir() and not runs.is_symlink() else []
    paths: list[Path] = []
    for place in places:
        files = files_named(place, OF_A_RUN) if place.is_dir() and not place.is_symlink() else None
        if files is None:
            return []
        paths += [*files, place]
    study = [path for path in folder.iterdir() if path != runs and path.name != lock.NAME]
    if any(p.name not in OF_A_STUDY and p.suffix != UNFINISHED for p in study):
        return []
    return [*paths, *study]


def _in_vain(folder: Path, plan: str) -> bool:
    """Whether the folder holds a plan and no answer; not so a finished run that made no calls."""
    journal = folder / "calls.jsonl"
    done = (folder / "record.json").exists() and not any_made(journal)
    return (folder / plan).is_file() and not done and nothing_answered(journal)


def take_away(paths: Collection[Path]) -> None:
    """Take files away, and folders that are empty by then."""
    for path in paths:
        with writing(path):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
