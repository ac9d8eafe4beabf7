"""Read a file of lines whose last line a kill may have cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO


def whole_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The whole lines of the file, each with its number, which counts from 1.

    A last line without a line break is cut from the file, so that the next one that is written
    starts clean.
    """
    end = 0
    file.seek(0)
    for number, line in enumerate(file, 1):
        if not line.endswith(b"\n"):
            file.truncate(end)
            return
        end += len(line)
        yield number, line
