"""Report exceptions that nothing catches, in threads and finalisers, in one line without keys."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any

from amplify.cli.messages import print_message
from amplify.cli.signals import exit_interrupted
from amplify.contract.guard.brief import cause


def report_uncaught() -> None:
    """Install hooks that report such exceptions, in place of Python's, which print tracebacks."""
    threading.excepthook = _report_thread
    sys.unraisablehook = _report_finaliser


def _report_thread(args: Any) -> None:
    if args.exc_type is not SystemExit:
        name = args.thread.name if args.thread is not None else "?"
        _report(f"thread {name} failed: {_cause(args)}")


def _report_finaliser(args: Any) -> None:
    if issubclass(args.exc_type, ResourceWarning):
        return  # an open file, where warnings are errors; nothing has failed
    if args.exc_type is KeyboardInterrupt:
        exit_interrupted()
    _report(f"{args.err_msg or 'an exception nobody could catch'}: {_cause(args)}")


def _cause(args: Any) -> str:
    return args.exc_type.__name__ if args.exc_value is None else cause(args.exc_value)


def _report(text: str) -> None:
    with contextlib.suppress(Exception):  # the interpreter may be shutting down
        print_message(text)
