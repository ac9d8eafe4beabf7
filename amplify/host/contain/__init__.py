"""Compares what a whole process shares before and after a plugin's code, and puts it back."""

from __future__ import annotations

from amplify.host.contain.containment import Containment
from amplify.host.contain.interrupt import Interrupts
from amplify.host.contain.leavings import Running
from amplify.host.contain.patience import Patience, Tell, timed

__all__ = ["Containment", "Interrupts", "Patience", "Running", "Tell", "timed"]
