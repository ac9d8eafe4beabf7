"""Exceptions that nobody waits for, in threads and finalisers: a line each, with no key in it."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any

from amplify.cli.messages import tell
from amplify.cli.signals import leave
from amplify.contract.guard.brief import cause


def tell_strays() -> None:
    """Have exceptions told in a line that Python would print with all that a library put there."""
    threading.excepthook = _of_thread
    sys.unraisablehook = _of_finaliser


def _of_thread(args: Any) -> None:
    if args.exc_type is not SystemExit:
        name = args.thread.name if args.thread is not None else "?"
        _tell(f"thread {name} failed: {_cause(args)}")


def _of_finaliser(args: Any) -> None:
    if issubclass(args.exc_type, ResourceWarning):
        return  # somebody's open file, where warnings are errors: nothing that failed
    if args.exc_type is KeyboardInterrupt:
        leave()
    _tell(f"{args.err_msg or 'an exception nobody could catch'}: {_cause(args)}")


def _cause(args: Any) -> str:
    return args.exc_type.__name__ if args.exc_value is None else cause(args.exc_value)


def _tell(text: str) -> None:
    with contextlib.suppress(Exception):  # the interpreter may be on its way out
        tell(text)
