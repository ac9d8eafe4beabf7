"""What HTTP services have in common: from a status and headers to a plain `Failure`."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from amplify.contract.calls import Failure

AGAIN = frozenset({"rate-limit", "server", "timeout", "connection", "invalid-reply"})
"""The kinds of failure after which the very same call may succeed."""

KINDS = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "not-found",
    408: "timeout",
    409: "server",
    413: "too-long",
    429: "rate-limit",
}

MOST = 400
"""Characters of a server's message that are kept."""


def http_failure(
    status: int, message: str, headers: Mapping[str, str], kind: str | None = None
) -> Failure:
    """The failure that a status of 300 or more stands for; `headers` by lower-case name.

    `kind` is given where the service's own code says more than the status. A header
    `x-should-retry` is obeyed.
    """
    if kind is None:
        kind = KINDS.get(status, "server" if status >= 500 else "bad-request")
    told = headers.get("x-should-retry")
    retry = told == "true" if told in ("true", "false") else kind in AGAIN
    return Failure(kind, f"HTTP {status}: {one_line(message)}", retry, retry_after(headers))


def unanswered(error: BaseException) -> Failure:
    """The failure of a call that got no answer, by the first cause of what a library raised."""
    while error.__cause__ is not None:
        error = error.__cause__
    kind = "timeout" if isinstance(error, TimeoutError) else "connection"
    told = one_line(str(error)) or type(error).__name__
    return Failure(kind, f"no answer from the server: {told}", retry=True)


def unusable_reply(why: str, content: bytes = b"") -> Failure:
    """The failure of a success without a usable reply; `content` is the body, where it is telling.

    An error that the body states is quoted, else how the body begins.
    """
    try:
        error = json.loads(content)["error"]
    except (ValueError, TypeError, KeyError):
        error = None
    if error:
        why = f"an error with a status of success: {error}"
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            why = f"an error with a status of success: {error['message']}"
    elif content.strip():
        why += f"; the body begins with {one_line(content[:80].decode('utf-8', 'replace'))!r}"
    return Failure("invalid-reply", one_line(f"no usable reply: {why}"), retry=True)


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds to wait by the headers: retry-after-ms, else Retry-After in seconds or a date.

    None where there is no such header, or none that can be read; never below 0.
    """
    seconds = _number(headers.get("retry-after-ms"), 1000)
    if seconds is not None:
        return seconds
    given = headers.get("retry-after")
    seconds = _number(given, 1)
    if seconds is not None or not given:
        return seconds
    try:
        then = parsedate_to_datetime(given).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, then - (time.time() if now is None else now))


def one_line(message: str) -> str:
    """A message of a server on one line, without control characters, cut to `MOST` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    return line if len(line) <= MOST else line[: MOST - 1] + "…"


def _number(text: str | None, unit: float) -> float | None:
    try:
        value = float(text or "") / unit
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None
