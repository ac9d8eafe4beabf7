"""Compares what a whole process shares before and after a plugin's code, and puts it back."""

from __future__ import annotations

from amplify.host.contain.containment import Containment
from amplify.host.contain.interrupt import Interrupts
from amplify.host.contain.left_running import Running
from amplify.host.contain.watchdog import Tell, Watchdog, timed

__all__ = ["Containment", "Interrupts", "Running", "Tell", "Watchdog", "timed"]
