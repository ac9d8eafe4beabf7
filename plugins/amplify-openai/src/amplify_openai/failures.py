"""From what the SDK raises to plain failures; nothing of the SDK goes beyond this module."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import openai

from amplify import (
    Completion,
    Failure,
    Limits,
    http_failure,
    moved,
    refused_fields,
    unanswered,
)

CODES = {
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "context_length_exceeded": "too-long",
    "exceed_context_size_error": "too-long",
    "string_above_max_length": "too-long",
    "model_not_found": "not-found",
    "invalid_api_key": "auth",
}
"""What a service's own code or type says more exactly than the status."""

WORDS = (
    (r"maximum context length|context (length|size|window)|prompt is too long", "too-long"),
    (r"per day|\((RPD|TPD)\)|daily", "quota"),
)
"""For servers that have no codes: what the message of a 400 or a 429 says."""

FILTERED = ("content_filter", "content_policy_violation")

UNSUPPORTED = ("unsupported_parameter", "unsupported_value")

REFUSING = (400, 422, 500, 501)
"""Statuses by which servers refuse a field; the last two by proxies that pass an error on."""

NO_NAMES = ("", "None", "null")
"""What proxies write in the place of a field's name that they do not know."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A model does not take these fields of the body, or one of them."""

    parameters: tuple[str, ...]
    failure: Failure


Bad = Failure | Completion | Refused

ADDRESS = "name its address in llm.base_url"
"""How a user says that a service is elsewhere."""


def of_error(error: BaseException, sent: Collection[str] = ()) -> Bad:
    """What an exception of a call stands for: a failure, or a reply that a filter held back.

    `sent` names the fields of the call that a server may refuse.
    """
    if not isinstance(error, openai.APIStatusError):
        return unanswered(error, "llm.ca_file or SSL_CERT_FILE")
    status, headers = error.status_code, error.response.headers
    if 300 <= status < 400 and "location" in headers:
        return moved(status, str(error.request.url), headers["location"], ADDRESS)
    return of_status(status, error.body, headers, sent)


def headers_of(error: BaseException) -> Mapping[str, str]:
    """The headers of the answer that an exception stands for; none where there was no answer."""
    return error.response.headers if isinstance(error, openai.APIStatusError) else {}


def as_failure(bad: Bad) -> Failure:
    """`bad` where it cannot be anything but a failure, as with a batch's own steps."""
    if isinstance(bad, Refused):
        return bad.failure
    if isinstance(bad, Completion):
        return Failure("bad-request", "held back by a content filter")
    return bad


def of_status(
    status: int, body: Any, headers: Mapping[str, str], sent: Collection[str] = ()
) -> Bad:
    """What an error status with its body stands for; `sent` as in `of_error`."""
    if isinstance(body, list) and body:  # some servers put the error into a list
        body = body[0]
    told: Any = body.get("error", body) if isinstance(body, Mapping) else body
    fields = told if isinstance(told, Mapping) else {}
    message = fields.get("message") or fields.get("detail") or told
    message = message if isinstance(message, str) else _written(message)
    code, kind = fields.get("code"), fields.get("type")
    if status == 400 and (code in FILTERED or kind in FILTERED):
        return Completion("", "", "content-filter")
    failure = http_failure(status, message, headers, _kind(status, message, code, kind))
    if status not in REFUSING or failure.kind not in ("bad-request", "server"):
        return failure
    name = fields.get("param")
    if isinstance(name, str) and name not in NO_NAMES:
        said = code in UNSUPPORTED or refused_fields(None, f"{name}: {message}", (name,))
        return Refused((name,), failure) if said else failure
    found = refused_fields(body, message, sent)
    return Refused(found, failure) if found else failure


def _written(told: Any) -> str:
    """What an error holds in the place of a message, as text."""
    try:
        return str(told or "no reason given")
    except RecursionError:
        return "no reason that can be read"


def _kind(status: int, message: str, *codes: Any) -> str | None:
    for code in codes:
        if isinstance(code, str) and code in CODES:
            return CODES[code]
    for words, kind in WORDS:
        wanted = 429 if kind == "quota" else 400
        if status == wanted and re.search(words, message, re.IGNORECASE):
            return kind
    return None


LIMITS = (
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
)
"""Headers that tell of the rate limits; servers that have none send none."""


def limits(headers: Mapping[str, str]) -> Limits | None:
    """What the headers tell of the rate limits; None where they tell nothing."""
    told = [headers.get(name) for name in LIMITS]
    if not any(told):
        return None
    requests, tokens, requests_reset, tokens_reset = told
    found = Limits(
        _whole(requests), _whole(tokens), duration(requests_reset), duration(tokens_reset)
    )
    return None if found == Limits() else found


LONGEST = 366 * 86400.0
"""Seconds until a limit is whole again that are believed: a year."""

DIGITS = 15
"""Digits of a count that are read."""

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str | None) -> float | None:
    """Seconds of "6m0s", "20ms", "1h2m3.5s" or a plain number; None for anything else."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", text or "")
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    seconds = sum(float(number) * UNITS[unit or "s"] for number, unit in parts)
    return seconds if seconds <= LONGEST else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) <= DIGITS else None
