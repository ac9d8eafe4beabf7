"""Standard output for a command's result alone: whatever plugins print goes to stderr."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from amplify.report.standard_streams import is_outlet, outlet, problem

_kept: TextIO | None = None
"""The stream that was reserved; None while `print` and the result share one."""

_duplicated = False
"""Whether descriptor 1 is stderr's, and the result has a descriptor of its own."""


def results() -> TextIO:
    """The stream that a command writes its result to."""
    return _kept or sys.stdout


def reserve(process: bool) -> None:
    """Reserve stdout for the result; from here on `print` writes to stderr.

    `process` says that this process serves the command alone. Then descriptor 1 is stderr's to its
    end, for native code, worker processes and whatever prints as the process ends; the result goes
    to a duplicate, which no other program inherits.
    """
    global _kept, _duplicated
    if _kept is not None:
        return
    stdout: TextIO | None = sys.stdout
    # A process that was started without a stdout has None here, where nobody guards it.
    if process and (stdout is sys.__stdout__ or is_outlet(stdout)):
        _kept, _duplicated = _duplicate(stdout), True
    else:
        _kept = stdout or _nowhere()
        sys.stdout = sys.stderr


def release() -> None:
    """Let `print` write where the result goes; descriptor 1 stays as it is."""
    global _kept
    if _kept is not None:
        sys.stdout = _kept
    if not _duplicated:
        _kept = None


def close() -> str | None:
    """Close a duplicate, once the last of the result is written; why it is not, where it is not."""
    stream = results()
    with contextlib.suppress(OSError, ValueError):
        stream.flush()
    told = problem(stream)
    if _kept is not None and _duplicated:
        # Every write was flushed: what fails here has failed, and was told, before.
        with contextlib.suppress(OSError, ValueError):
            _kept.close()
    return told


def _duplicate(stdout: TextIO | None) -> TextIO:
    """A stream on what descriptor 1 was, which is from now on what descriptor 2 is."""
    if stdout is None:
        made = _nowhere()
    else:
        stdout.flush()
        made = outlet(os.dup(1), stdout, pipes=True)
        if isinstance(stdout, io.TextIOWrapper):
            stdout.reconfigure(line_buffering=True)  # as stderr: in order, and nothing held back
    try:
        os.dup2(2, 1)
    except OSError:  # started without a stderr
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != 1:
            os.dup2(nowhere, 1)
            os.close(nowhere)
    return made


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # it stays open
