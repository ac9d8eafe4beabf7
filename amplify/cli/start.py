"""Where the command `amplify` begins: an interrupt ends it in a line, also while it is imported."""

from __future__ import annotations

import signal

from amplify.cli.signals import at_once


def main() -> None:
    """Run this process's command line and exit."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, at_once)
    from amplify.cli.main import main

    main()
