"""From what the SDK raises to plain failures; nothing of the SDK goes beyond this module."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from amplify import Completion, Failure, Limits
from amplify.kit.http_failures import http_failure
from amplify.kit.refused_fields import refused_fields
from amplify.kit.service import failure_without_status
from amplify.kit.service_errors import count, kind_by_words, stated_error, wait

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
    (400, r"maximum context length|context (length|size|window)|prompt is too long", "too-long"),
    (429, r"per day|\((RPD|TPD)\)|daily", "quota"),
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


def of_error(error: Any, sent: Collection[str] = ()) -> Bad:
    """What an exception of a call stands for: a failure, or a reply that a filter held back.

    `sent` names the fields of the call that a server may refuse.
    """
    failure = failure_without_status(error, ADDRESS)
    if failure is not None:
        return failure
    return of_status(error.response.status_code, error.body, error.response.headers, sent)


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
    fields, message = stated_error(body)
    code, kind = fields.get("code"), fields.get("type")
    if status == 400 and (code in FILTERED or kind in FILTERED):
        return Completion("", "", "content-filter")
    known = [CODES[name] for name in (code, kind) if isinstance(name, str) and name in CODES]
    stated = known[0] if known else kind_by_words(status, message, WORDS)
    failure = http_failure(status, message, headers, stated)
    if status not in REFUSING or failure.kind not in ("bad-request", "server"):
        return failure
    name = fields.get("param")
    if isinstance(name, str) and name not in NO_NAMES:
        is_refusal = code in UNSUPPORTED or refused_fields(None, f"{name}: {message}", (name,))
        return Refused((name,), failure) if is_refusal else failure
    names = refused_fields(body, message, sent)
    return Refused(names, failure) if names else failure


LIMITS = (
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
)
"""Headers that tell of the rate limits; servers that have none send none."""


def limits(headers: Mapping[str, str]) -> Limits | None:
    """What the headers tell of the rate limits; None where they tell nothing."""
    values = [headers.get(name) for name in LIMITS]
    if not any(values):
        return None
    requests, tokens, requests_reset, tokens_reset = values
    limits_left = Limits(
        count(requests), count(tokens), duration(requests_reset), duration(tokens_reset)
    )
    return None if limits_left == Limits() else limits_left


UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str | None) -> float | None:
    """Seconds of "6m0s", "20ms", "1h2m3.5s" or a plain number; None for anything else."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", text or "")
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    seconds = sum(float(number) * UNITS[unit or "s"] for number, unit in parts)
    return wait(seconds)
