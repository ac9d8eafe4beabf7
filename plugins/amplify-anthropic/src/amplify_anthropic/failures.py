"""From what the SDK raises to plain failures; nothing of the SDK goes beyond this module."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import anthropic

from amplify import Failure, Limits, http_failure, moved, refused_fields, unanswered

KINDS = {"billing_error": "quota", "request_too_large": "too-long"}
"""What the service's own type says more exactly than the status."""

WORDS = (
    (400, r"prompt is too long|exceed context limit|context window", "too-long"),
    (400, r"credit balance|usage limit", "quota"),
    (429, r"per day|daily|spend limit|usage limit", "quota"),
)
"""What the message of a status says more exactly than its type."""

ADVICE = {
    "cache_control": "say -o llm.cache=off",
    "output_config": "say -o llm.effort=null",
    "effort": "say -o llm.effort=null",
    "thinking": "say -o llm.thinking=null",
    "stop_sequences": "say -o llm.send_stop=false",
}
"""How a field is left out that a server refuses."""

ADDRESS = "name its address in ANTHROPIC_BASE_URL"
"""How a user says that a service is elsewhere."""


def of_error(error: BaseException) -> Failure:
    """The failure that an exception of a call stands for."""
    if not isinstance(error, anthropic.APIStatusError):
        return unanswered(error, "llm.ca_file or SSL_CERT_FILE")
    status, headers = error.status_code, error.response.headers
    if 300 <= status < 400 and "location" in headers:
        return moved(status, str(error.request.url), headers["location"], ADDRESS)
    return of_status(status, error.body, headers)


def headers_of(error: BaseException) -> Mapping[str, str]:
    """The headers of the answer that an exception stands for; none where there was no answer."""
    return error.response.headers if isinstance(error, anthropic.APIStatusError) else {}


def of_status(status: int, body: Any, headers: Mapping[str, str]) -> Failure:
    """What an error status with its body stands for."""
    fields, message = _told(body)
    failure = http_failure(status, message, headers, _kind(status, message, fields))
    if failure.kind != "bad-request":
        return failure
    advice = [ADVICE[name] for name in refused_fields(body, message, ADVICE)]
    return replace(failure, message="; ".join([failure.message, *dict.fromkeys(advice)]))


def refuses(error: BaseException, field: str) -> bool:
    """Whether an exception of a call stands for the refusal of this field, and of no other."""
    if not isinstance(error, anthropic.APIStatusError) or error.status_code not in (400, 422):
        return False
    return refused_fields(error.body, _told(error.body)[1], ADVICE) == (field,)


def _told(body: Any) -> tuple[Mapping[str, Any], str]:
    """The fields of the error in a body, and what it says in words."""
    told: Any = body.get("error", body) if isinstance(body, Mapping) else body
    fields = told if isinstance(told, Mapping) else {}
    message = fields.get("message") or told
    return fields, message if isinstance(message, str) else _written(message)


def _written(told: Any) -> str:
    """What an error holds in the place of a message, as text."""
    try:
        return str(told or "no reason given")
    except RecursionError:
        return "no reason that can be read"


def of_type(error: Mapping[str, Any]) -> Failure:
    """What an error of a batch stands for: it has a type, and no status."""
    statuses = {
        "authentication_error": 401,
        "permission_error": 403,
        "not_found_error": 404,
        "request_too_large": 413,
        "rate_limit_error": 429,
        "api_error": 500,
        "timeout_error": 504,
        "overloaded_error": 529,
    }
    return of_status(statuses.get(str(error.get("type")), 400), error, {})


def _kind(status: int, message: str, fields: Mapping[str, Any]) -> str | None:
    kind = KINDS.get(str(fields.get("type")))
    if kind:
        return kind
    for wanted, words, kind in WORDS:
        if status == wanted and re.search(words, message, re.IGNORECASE):
            return kind
    return None


LONGEST = 366 * 86400.0
"""Seconds until a limit is whole again that are believed: a year."""

DIGITS = 15
"""Digits of a count that are read."""


def limits(headers: Mapping[str, str], now: float | None = None) -> Limits | None:
    """What the headers tell of the rate limits; of several token limits the tightest."""
    now = time.time() if now is None else now
    requests = _pair(headers, "requests", now)
    tokens = [_pair(headers, name, now) for name in ("tokens", "input-tokens", "output-tokens")]
    left, reset = min(
        (pair for pair in tokens if pair[0] is not None),
        key=lambda pair: pair[0] or 0,
        default=(None, None),
    )
    found = Limits(requests[0], left, requests[1], reset)
    return None if found == Limits() else found


def _pair(headers: Mapping[str, str], name: str, now: float) -> tuple[int | None, float | None]:
    left = headers.get(f"anthropic-ratelimit-{name}-remaining")
    then = headers.get(f"anthropic-ratelimit-{name}-reset")
    try:
        reset = max(0.0, datetime.fromisoformat(then).timestamp() - now) if then else None
    except (ValueError, OverflowError):
        reset = None
    known = reset if reset is not None and reset <= LONGEST else None
    return (int(left) if left and left.isdecimal() and len(left) <= DIGITS else None), known
