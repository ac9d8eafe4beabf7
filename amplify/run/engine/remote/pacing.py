"""Pacing: the time at which the next call may go, by pauses, rates of the plan and rate limits."""

from __future__ import annotations

import math

from amplify.contract.provider import Limits

SPREAD_SHARE = 0.8
"""The share of a call's latency over which the launches of a full window are spread."""

LEAST_GAP, MOST_GAP = 0.0005, 0.02
"""The shortest and longest gap between launches, in seconds, that is worth keeping: about the
processor time of a call, and some times that. The processor time of slower calls does not matter
beside their latency."""

UNKNOWN_RESET = 60.0
"""Seconds for which what a limit leaves is believed where no header says when it is refilled."""


class Rate:
    """A number of units a minute, evenly spaced, so that no minute holds more."""

    def __init__(self, per_minute: float) -> None:
        self.per_second = per_minute / 60
        self.next_launch = 0.0

    def launched(self, units: float, now: float) -> None:
        """A call of so many units goes now."""
        self.next_launch = max(self.next_launch, now) + units / self.per_second

    def correct(self, reserved: float, used: float) -> None:
        """A call used another number of units than was reserved for it."""
        self.next_launch += (used - reserved) / self.per_second


class LaunchGap:
    """Keeps launches a little apart, so that calls do not bunch up.

    Replies that arrive together are handled one after the other, and the calls that follow them go
    out together again. Where handling a call takes a good part of its latency, such bunches leave
    the connection idle in between. Calls that start a share of the fastest latency apart stay
    apart.
    """

    def __init__(self) -> None:
        self.fastest = math.inf
        self.next_launch = 0.0

    def answered(self, seconds: float) -> None:
        """A call was answered after so many seconds."""
        self.fastest = min(self.fastest, seconds)

    def launched(self, window: float, now: float) -> None:
        """A call goes now, one of `window` in flight; a late one lets the next go sooner."""
        gap = SPREAD_SHARE * self.fastest / window
        gap = gap if LEAST_GAP <= gap <= MOST_GAP else 0.0
        self.next_launch = max(self.next_launch, now - gap) + gap


class RemainingLimit:
    """What the headers of the last reply left of one rate limit, less the calls since."""

    def __init__(self) -> None:
        self.units = math.inf
        self.refilled = 0.0

    def update(self, units: int, reset: float | None, now: float) -> None:
        """A reply's headers left so many units, all refilled in `reset` seconds."""
        self.units, self.refilled = units, now + (UNKNOWN_RESET if reset is None else reset)

    def fits(self, units: float, now: float) -> bool:
        """Whether a call of so many units fits."""
        return now >= self.refilled or self.units >= units


class Pacing:
    """The pauses, rates and rate limits that all calls of a run share.

    `requests_a_minute` and `tokens_a_minute` are the rates of the plan, None where it sets none.
    """

    def __init__(self, requests_a_minute: float | None, tokens_a_minute: float | None) -> None:
        self.paused_until = 0.0
        self.requests = Rate(requests_a_minute) if requests_a_minute else None
        self.tokens = Rate(tokens_a_minute) if tokens_a_minute else None
        self.gap = LaunchGap()
        self.request_limit = RemainingLimit()
        self.token_limit = RemainingLimit()

    def pause(self, until: float) -> None:
        """Let no call go before `until`; of several pauses the longest counts."""
        self.paused_until = max(self.paused_until, until)

    def heed(self, limits: Limits, now: float) -> None:
        """Take over what the headers of a reply say of the rate limits."""
        if limits.requests_left is not None:
            self.request_limit.update(limits.requests_left, limits.requests_reset, now)
        if limits.tokens_left is not None:
            self.token_limit.update(limits.tokens_left, limits.tokens_reset, now)

    def next_launch(self, now: float) -> float:
        """The time at which the next call may go: `now` or later."""
        earliest = max(now, self.paused_until, self.gap.next_launch)
        if self.requests is not None:
            earliest = max(earliest, self.requests.next_launch)
        return earliest if self.tokens is None else max(earliest, self.tokens.next_launch)

    def fits(self, tokens: float, now: float) -> bool:
        """Whether the rate limits have room for a call of about so many tokens beside others.

        A call alone may always go: limits are refilled all the time, and headers tell when they
        are full again, not when there is room for one call.
        """
        return self.request_limit.fits(1, now) and self.token_limit.fits(tokens, now)

    def launched(self, tokens: float, window: float, now: float) -> None:
        """A call of about so many tokens goes now, one of `window` that may be in flight."""
        self.gap.launched(window, now)
        self.request_limit.units -= 1
        self.token_limit.units -= tokens
        if self.requests is not None:
            self.requests.launched(1, now)
        if self.tokens is not None:
            self.tokens.launched(tokens, now)

    def correct(self, reserved: float, used: float) -> None:
        """A call took another number of tokens than was reserved for it."""
        if self.tokens is not None:
            self.tokens.correct(reserved, used)
