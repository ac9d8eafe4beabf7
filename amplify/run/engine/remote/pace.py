"""When the next call may go: one gate that all share, and the rates that were set or told."""

from __future__ import annotations

import math

from amplify.contract.provider import Limits

SHARE = 0.8
"""The share of the latency over which a window of launches is spread."""

LEAST_GAP, MOST_GAP = 0.0005, 0.02
"""Seconds between launches that are worth it: what a call takes of the processor, and a few times
that. Where calls are slower, their work is nothing beside the waiting."""

UNTOLD = 60.0
"""Seconds after which what is left counts as unknown, where no header says when it is whole."""


class Gate:
    """Closed until a time; whoever closes it for longer wins."""

    def __init__(self) -> None:
        self.opens = 0.0

    def pause(self, until: float) -> None:
        """Let nothing through before `until`."""
        self.opens = max(self.opens, until)


class Rate:
    """So many units a minute, evenly spaced, so that no window of a minute holds more."""

    def __init__(self, per_minute: float) -> None:
        self.per_second = per_minute / 60
        self.free = 0.0

    def take(self, units: float, now: float) -> None:
        """One goes now, of so many units."""
        self.free = max(self.free, now) + units / self.per_second

    def correct(self, reserved: float, used: float) -> None:
        """It used more or less than was reserved."""
        self.free += (used - reserved) / self.per_second


class Spread:
    """Keeps launches a little apart, so that calls do not bunch up.

    Calls that come back together are worked on together, each waiting for all others' work, and
    go out together again: with so much work a call that it is a good part of the latency, bunches
    leave the line idle in between. Apart by a share of the fastest latency, they stay apart.
    """

    def __init__(self) -> None:
        self.fastest = math.inf
        self.free = 0.0

    def took(self, seconds: float) -> None:
        """A call was answered after so many seconds."""
        self.fastest = min(self.fastest, seconds)

    def gap(self, window: float) -> float:
        """Seconds between two launches: never so many that a full window has to wait for them."""
        gap = SHARE * self.fastest / window
        return gap if LEAST_GAP <= gap <= MOST_GAP else 0.0

    def take(self, window: float, now: float) -> None:
        """A call goes; one that was late lets the next go sooner."""
        gap = self.gap(window)
        self.free = max(self.free, now - gap) + gap


class Headroom:
    """What the last reply's headers left of one limit, counted down as calls go."""

    def __init__(self) -> None:
        self.left = math.inf
        self.whole = 0.0

    def told(self, left: int, reset: float | None, now: float) -> None:
        """A reply said what is left, and in how many seconds it is whole again."""
        self.left, self.whole = left, now + (reset if reset is not None else UNTOLD)

    def holds(self, units: float, now: float) -> bool:
        """Whether a call of so many units fits what is left."""
        return now >= self.whole or self.left >= units

    def take(self, units: float) -> None:
        """A call of so many units goes."""
        self.left -= units


class Pace:
    """The gate, the rates of the plan and the headroom of the headers, asked as one."""

    def __init__(self, requests_a_minute: float | None, tokens_a_minute: float | None) -> None:
        self.gate = Gate()
        self.requests = Rate(requests_a_minute) if requests_a_minute else None
        self.tokens = Rate(tokens_a_minute) if tokens_a_minute else None
        self.spread = Spread()
        self.requests_left = Headroom()
        self.tokens_left = Headroom()

    def heed(self, limits: Limits, now: float) -> None:
        """Note what headers said."""
        if limits.requests_left is not None:
            self.requests_left.told(limits.requests_left, limits.requests_reset, now)
        if limits.tokens_left is not None:
            self.tokens_left.told(limits.tokens_left, limits.tokens_reset, now)

    def ready(self, now: float) -> float:
        """When a call may go: now, or later."""
        rates = (rate.free for rate in (self.requests, self.tokens) if rate is not None)
        return max(now, self.gate.opens, self.spread.free, *rates)

    def room(self, tokens: float, now: float) -> bool:
        """Whether headers leave room for a call of about so many tokens beside those in flight.

        Alone it may always go: limits are refilled all the time, and the reset that headers tell
        is when they are whole, not when one call is possible.
        """
        return self.requests_left.holds(1, now) and self.tokens_left.holds(tokens, now)

    def take(self, tokens: float, window: float, now: float) -> None:
        """A call of about so many tokens goes now, with room for so many in flight."""
        self.spread.take(window, now)
        self.requests_left.take(1)
        self.tokens_left.take(tokens)
        if self.requests is not None:
            self.requests.take(1, now)
        if self.tokens is not None:
            self.tokens.take(tokens, now)

    def correct(self, reserved: float, used: float) -> None:
        """That call took another number of tokens."""
        if self.tokens is not None:
            self.tokens.correct(reserved, used)
