"""Standard streams that nobody reads or whose disk is full: a command goes on, and says so."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TextIO

_kept: list[object] = []
"""The streams that others took the place of: they stay open."""


class Outlet(io.FileIO):
    """A descriptor that is written to as far as it can be; `problem` is why no further.

    A closed pipe alone is raised, where `pipes` says so: then nobody reads on, and the command may
    end.
    """

    problem: OSError | None = None
    pipes = False

    def write(self, data: bytes) -> int:  # type: ignore[override]  # of all buffers, as FileIO's
        """Write, or note why not."""
        if self.problem is not None:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            if error.errno == errno.EPIPE and self.pipes:
                raise
            self.problem = error
            return len(data)


def outlet(number: int, like: TextIO | None, pipes: bool) -> TextIO:
    """A text stream on a descriptor, in all else `like` another one; None: one that was closed."""
    raw = Outlet(number, "w")
    raw.pipes = pipes
    encoding = like.encoding if like is not None else "utf-8"
    lines = not pipes or raw.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),  # type: ignore[type-var]  # takes all or notes why not
        encoding,
        errors="backslashreplace",
        line_buffering=lines,
    )


def is_outlet(stream: TextIO | None) -> bool:
    """Whether a stream was made here."""
    return isinstance(_raw(stream), Outlet)


def problem(stream: TextIO | None) -> str | None:
    """Why a stream could not be written to; None where it could, or nobody knows."""
    raw = _raw(stream)
    found = raw.problem if isinstance(raw, Outlet) else None
    return None if found is None else found.strerror or str(found)


def guard() -> None:
    """Have this process's stdout and stderr written to as far as they can be.

    A process that was started without one of them has nobody to tell: what it would write there
    goes nowhere, and no file gets that number.
    """
    if os.name != "posix":
        return
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is sys.__stdout__:
        _kept.append(sys.stdout)
        sys.stdout = outlet(1, sys.stdout, pipes=True)
    if sys.stderr is sys.__stderr__:
        _kept.append(sys.stderr)
        # A duplicate, so that an error is told also after a plugin has closed descriptor 2.
        sys.stderr = outlet(os.dup(2), sys.stderr, pipes=False)


def _raw(stream: TextIO | None) -> object:
    return getattr(getattr(stream, "buffer", None), "raw", None)
