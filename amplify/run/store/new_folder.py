"""New folders for runs and studies whose folder the user does not name."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from amplify.run.store.files import make_folder, writing

MOST_BYTES = 150
"""Bytes that a name keeps: with the time behind it, a file system takes 255."""


def fresh_path(parent: str, name: str) -> Path:
    """The folder in `parent` of a run or study of this name that begins now; it is not made."""
    printable = "".join(c if c.isprintable() and c not in "/\\" else "-" for c in name)
    kept = printable.encode()[:MOST_BYTES].decode(errors="ignore").strip(" .-") or parent
    return Path(parent) / f"{kept}-{time.strftime('%Y%m%d-%H%M%S')}"


class OutputFolder:
    """The folder of a run or a study.

    A `fresh` one is to be new, and nobody else's: until it is claimed, `path` is where it may be.
    """

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path = path
        self.fresh = fresh

    def claim(self) -> None:
        """Make a fresh folder; `path` is its place from then on."""
        if self.fresh:
            self.path, self.fresh = make_fresh(self.path), False


def make_fresh(path: Path) -> Path:
    """Make a folder that nobody else has made: `path`, or with a number behind its name.

    Making it is one step (`mkdir`), so that of two processes each gets one of its own.
    """
    with writing(path):
        make_folder(path.parent)
        for number in itertools.count(1):
            folder = path if number == 1 else path.with_name(f"{path.name}-{number}")
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return folder
    raise AssertionError  # the numbers do not end
