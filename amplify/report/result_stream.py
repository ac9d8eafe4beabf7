"""Reserve stdout for a command's result; what plugins print goes to stderr."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from amplify.report.standard_streams import fault_tolerant, is_fault_tolerant, write_problem

_reserved: TextIO | None = None
"""The reserved stream; None while `print` and the result share stdout."""

_duplicated = False
"""Whether descriptor 1 leads to stderr, and the result has another descriptor."""


def result_stream() -> TextIO:
    """The stream that a command writes its result to."""
    return _reserved or sys.stdout


def reserve_stdout(process: bool) -> None:
    """Reserve stdout for the result; from now on `print` writes to stderr.

    `process` says that this process ends with the command. Then descriptor 1 leads to stderr until
    the end, for native code, worker processes and what is printed while the process ends; the
    result has a duplicate, which no other program inherits.
    """
    global _reserved, _duplicated
    if _reserved is not None:
        return
    stdout: TextIO | None = sys.stdout
    # None: the process was started without a stdout, and its streams are not protected.
    if process and (stdout is sys.__stdout__ or is_fault_tolerant(stdout)):
        _reserved, _duplicated = _duplicate(stdout), True
    else:
        _reserved = stdout or _null_stream()
        sys.stdout = sys.stderr


def release_stdout() -> None:
    """Let `print` write to the result's stream again; descriptor 1 stays as it is."""
    global _reserved
    if _reserved is not None:
        sys.stdout = _reserved
    if not _duplicated:
        _reserved = None


def close() -> str | None:
    """Flush the result, close its duplicate, and return why a write failed (None: none did)."""
    stream = result_stream()
    with contextlib.suppress(OSError, ValueError):
        stream.flush()
    problem = write_problem(stream)
    if _reserved is not None and _duplicated:
        # The stream was flushed above: an error here has been noted before.
        with contextlib.suppress(OSError, ValueError):
            _reserved.close()
    return problem


def _duplicate(stdout: TextIO | None) -> TextIO:
    """A stream on a duplicate of descriptor 1, which from now on leads where descriptor 2 does."""
    if stdout is None:
        stream = _null_stream()
    else:
        stdout.flush()
        stream = fault_tolerant(os.dup(1), stdout, raise_closed_pipe=True)
        if isinstance(stdout, io.TextIOWrapper):
            stdout.reconfigure(line_buffering=True)  # as stderr has it
    try:
        os.dup2(2, 1)
    except OSError:  # started without a stderr
        null = os.open(os.devnull, os.O_WRONLY)
        if null != 1:
            os.dup2(null, 1)
            os.close(null)
    return stream


def _null_stream() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # it stays open
