"""Folders with names of their own, for runs and studies that are given none."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from amplify.run.store.files import make_folder, writing

MOST_BYTES = 150
"""Bytes that a name keeps: with the time behind it, a file system takes 255."""


def fresh_path(parent: str, name: str) -> Path:
    """Where a run or study that is called so, and begins now, would be."""
    said = "".join(c if c.isprintable() and c not in "/\\" else "-" for c in name)
    kept = said.encode()[:MOST_BYTES].decode(errors="ignore").strip(" .-") or parent
    return Path(parent) / f"{kept}-{time.strftime('%Y%m%d-%H%M%S')}"


def make_fresh(path: Path) -> Path:
    """Make a folder that nobody else has made: `path`, or with a number behind its name.

    Making it is one step (`mkdir`), so that of two processes each gets one of its own.
    """
    with writing(path):
        make_folder(path.parent)
        for number in itertools.count(1):
            made = path if number == 1 else path.with_name(f"{path.name}-{number}")
            try:
                made.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return made
    raise AssertionError  # the numbers do not end
