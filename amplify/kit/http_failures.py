"""What HTTP services have in common: from a status and headers to a plain `Failure`."""

from __future__ import annotations

import json
import math
import socket
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from amplify.contract.calls import Failure
from amplify.contract.guard.secret import scrubbed
from amplify.kit.address import origin

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

NOT_REACHED = (ConnectionRefusedError, socket.gaierror)
"""Errors of a call that never got to a server: nobody listens there, or the name is unknown."""

MOST = 400
"""Characters of a server's message that are kept."""

STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What a library raises over an answer that is not as it expects."""

DISTRUSTED = "CERTIFICATE_VERIFY_FAILED"
"""What TLS libraries say where a server's certificate is not trusted."""

MOST_READ = 100_000
"""Characters of a server's message that are looked at."""

YEAR = 366 * 86400.0
"""Seconds that no server means as a wait: a greater number is a time since 1970."""

MILLISECONDS = 1e11
"""From here on, a time since 1970 is told in milliseconds."""


class BadReply(Exception):
    """An answer came that cannot be read, whatever its status."""


def http_failure(
    status: int, message: str, headers: Mapping[str, str], kind: str | None = None
) -> Failure:
    """The failure that a status of 300 or more stands for; `headers` by lower-case name.

    `kind` is given where the service's own code says more than the status. A header
    `x-should-retry` is obeyed.
    """
    if kind is None:
        kind = KINDS.get(status, "server" if status >= 500 else "bad-request")
    advised = headers.get("x-should-retry")
    retry = advised == "true" if advised in ("true", "false") else kind in AGAIN
    return Failure(kind, f"HTTP {status}: {one_line(message)}", retry, retry_after(headers))


def unanswered(error: BaseException, certificate: str = "SSL_CERT_FILE") -> Failure:
    """The failure of a call that got no answer, by the first cause of what a library raised.

    `certificate` says where a user names the certificate of a server that is not trusted, which
    it would be no sooner the next time.
    """
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, BadReply):
        return unusable_reply(str(error))
    # TLS errors are ValueErrors too, and say that no answer came.
    if isinstance(error, STUMBLES) and not isinstance(error, OSError):
        return unusable_reply(f"{type(error).__name__}: {error}")
    kind = "timeout" if isinstance(error, TimeoutError) else "connection"
    # aiohttp tells of a broken answer as if it were a status.
    reason = one_line(str(error).removeprefix("400, message:")) or type(error).__name__
    distrusted = DISTRUSTED in reason
    hint = f"; if the certificate is your own, name it in {certificate}" if distrusted else ""
    reached = not distrusted and not isinstance(error, NOT_REACHED)
    message = f"no answer from the server: {reason}{hint}"
    return Failure(kind, message, retry=not distrusted, reached=reached)


def unusable_reply(why: str, content: bytes = b"", retry: bool = True) -> Failure:
    """The failure of a success without a usable reply; `content` is the body, where it is telling.

    An error that the body states is quoted, else how the body begins. `retry` says that the very
    same call may get a usable one.
    """
    error = _stated_error(content)
    if error:
        why = f"an error with a status of success: {error}"
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            why = f"an error with a status of success: {error['message']}"
    elif content.strip():
        body = one_line(content[:MOST_READ].decode("utf-8", "replace"))
        why += f"; the body begins with {body[:80]!r}"
    return Failure("invalid-reply", one_line(f"no usable reply: {why}"), retry)


def _stated_error(content: bytes) -> Any:
    """The field `error` of a body; None where there is none, or the body is no JSON."""
    try:
        return json.loads(content)["error"]
    except (ValueError, TypeError, KeyError, RecursionError):  # the last: brackets in brackets
        return None


def moved(status: int, address: str, location: str, setting: str) -> Failure:
    """The failure of a call that is answered with a redirect, which is not followed.

    `address` is the one that was called, `setting` how a user names another one, e.g. "say -o
    llm.base_url=…". Both hosts are named; what else a location holds may be a secret.
    """
    try:
        target = urljoin(address, location)
    except ValueError:
        target = ""
    here, there = origin(address), origin(target)
    if there is None:
        movement = f"{here} redirects the call, and does not say where to"
    elif there == here:
        movement = f"{here} redirects the call to its {urlsplit(target).path}, which did not get it"
    else:
        movement = f"{here} redirects the call to {there}, which got nothing of it"
    hint = f"if the service has moved, {setting}"
    return Failure("not-found", one_line(f"HTTP {status}: {movement}; {hint}"))


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds to wait by the headers: retry-after-ms, else Retry-After in seconds or a date.

    None where there is no such header, or none that can be read; never below 0. A number that is
    longer than a year is read as a time since 1970, in seconds or milliseconds; a time that is
    more than a year away is no wait at all.
    """
    now = time.time() if now is None else now
    seconds = _span(_number(headers.get("retry-after-ms"), 1000), now)
    if seconds is not None:
        return seconds
    given = headers.get("retry-after") or ""
    # A header that came several times is joined by commas: the longest wait is meant.
    each = [_number(text, 1) for text in given.split(",")]
    known = [number for number in each if number is not None]
    if known and len(known) == len(each):
        return _span(max(known), now)
    try:
        return _near(parsedate_to_datetime(given).timestamp() - now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _span(number: float | None, now: float) -> float | None:
    """The wait that a number of seconds means, where it is no time since 1970."""
    if number is None or number <= YEAR:
        return number
    return _near((number if number < MILLISECONDS else number / 1000) - now)


def _near(seconds: float) -> float | None:
    return max(0.0, seconds) if seconds <= YEAR else None


def one_line(message: str) -> str:
    """A message of a server on one line, without control characters, cut to `MOST` characters.

    Keys are taken out first: of one that is cut, or broken by a line's end, the rest would stay.
    """
    text = scrubbed(message[:MOST_READ])
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(message) > MOST_READ and len(line) <= MOST:
        line = line.rpartition(" ")[0]  # the last word may be the beginning of a key
    return line if len(line) <= MOST else line[: MOST - 1] + "…"


def _number(text: str | None, unit: float) -> float | None:
    try:
        value = float(text or "") / unit
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None
