"""Standard streams that let a command go on where nobody reads them or the disk is full."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TextIO

_replaced: list[object] = []
"""The streams that were replaced; the reference keeps them open."""


class FaultTolerantFile(io.FileIO):
    """A descriptor for which a failed write is noted in `problem`, and later ones do nothing.

    Where `raise_closed_pipe` is set, a closed pipe is raised: the command may end, as nobody reads
    its result.
    """

    problem: OSError | None = None
    raise_closed_pipe = False

    def write(self, data: bytes) -> int:  # type: ignore[override]  # of all buffers, as FileIO's
        """Write, or note why the write failed."""
        if self.problem is not None:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            if error.errno == errno.EPIPE and self.raise_closed_pipe:
                raise
            self.problem = error
            return len(data)


def fault_tolerant(number: int, like: TextIO | None, raise_closed_pipe: bool) -> TextIO:
    """A fault-tolerant text stream on the descriptor `number`.

    It has the encoding of `like`; None stands for a stream that was closed.
    """
    raw = FaultTolerantFile(number, "w")
    raw.raise_closed_pipe = raise_closed_pipe
    encoding = like.encoding if like is not None else "utf-8"
    by_line = not raise_closed_pipe or raw.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),  # type: ignore[type-var]  # writes all or notes why not
        encoding,
        errors="backslashreplace",
        line_buffering=by_line,
    )


def is_fault_tolerant(stream: TextIO | None) -> bool:
    """Whether the stream was made by `fault_tolerant`."""
    return isinstance(_raw(stream), FaultTolerantFile)


def write_problem(stream: TextIO | None) -> str | None:
    """Why a write to the stream failed; None where none did, or for another kind of stream."""
    raw = _raw(stream)
    error = raw.problem if isinstance(raw, FaultTolerantFile) else None
    return None if error is None else error.strerror or str(error)


def protect_standard_streams() -> None:
    """Make this process's stdout and stderr fault-tolerant.

    A stream that the process was started without is opened on the null device, so that no other
    file gets its descriptor.
    """
    if os.name != "posix":
        return
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is sys.__stdout__:
        _replaced.append(sys.stdout)
        sys.stdout = fault_tolerant(1, sys.stdout, raise_closed_pipe=True)
    if sys.stderr is sys.__stderr__:
        _replaced.append(sys.stderr)
        # A duplicate, so that errors are printed also after a plugin has closed descriptor 2.
        sys.stderr = fault_tolerant(os.dup(2), sys.stderr, raise_closed_pipe=False)


def _raw(stream: TextIO | None) -> object:
    return getattr(getattr(stream, "buffer", None), "raw", None)
