"""The entry point of the command `amplify`; Ctrl-C ends it in one line, even during imports."""

from __future__ import annotations

import signal

from amplify.cli.signals import end_at_once


def main() -> None:
    """Run this process's command line and exit."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_at_once)
    from amplify.cli.main import main

    main()
