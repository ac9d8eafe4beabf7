"""From what the SDK raises to plain failures; nothing of the SDK goes beyond this module."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import anthropic

from amplify import Failure, Limits
from amplify.kit.http_failures import http_failure
from amplify.kit.refused_fields import refused_fields
from amplify.kit.service import failure_without_status
from amplify.kit.service_errors import count, kind_by_words, stated_error, wait

KINDS = {"billing_error": "quota", "request_too_large": "too-long"}
"""What the service's own type says more exactly than the status."""

STATUSES = {
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The status of each type of error: in a batch there is the type alone."""

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


def of_error(error: Any) -> Failure:
    """The failure that an exception of a call stands for."""
    failure = failure_without_status(error, ADDRESS)
    return failure or of_status(error.response.status_code, error.body, error.response.headers)


def of_status(status: int, body: Any, headers: Mapping[str, str]) -> Failure:
    """What an error status with its body stands for."""
    fields, message = stated_error(body)
    kind = KINDS.get(str(fields.get("type"))) or kind_by_words(status, message, WORDS)
    failure = http_failure(status, message, headers, kind)
    if failure.kind != "bad-request":
        return failure
    advice = [ADVICE[name] for name in refused_fields(body, message, ADVICE)]
    return replace(failure, message="; ".join([failure.message, *dict.fromkeys(advice)]))


def refuses(error: BaseException, field: str) -> bool:
    """Whether an exception of a call stands for the refusal of this field, and of no other."""
    if not isinstance(error, anthropic.APIStatusError) or error.status_code not in (400, 422):
        return False
    return refused_fields(error.body, stated_error(error.body)[1], ADVICE) == (field,)


def of_type(error: Mapping[str, Any]) -> Failure:
    """What an error of a batch stands for: it has a type, and no status."""
    return of_status(STATUSES.get(str(error.get("type")), 400), error, {})


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
    limits_left = Limits(requests[0], left, requests[1], reset)
    return None if limits_left == Limits() else limits_left


def _pair(headers: Mapping[str, str], name: str, now: float) -> tuple[int | None, float | None]:
    left = headers.get(f"anthropic-ratelimit-{name}-remaining")
    then = headers.get(f"anthropic-ratelimit-{name}-reset")
    try:
        reset = max(0.0, datetime.fromisoformat(then).timestamp() - now) if then else None
    except (ValueError, OverflowError):
        reset = None
    return count(left), wait(reset)
