"""What a provider said, checked: texts are text, counts are whole numbers."""

from __future__ import annotations

from dataclasses import fields
from operator import index
from typing import Any, SupportsIndex

from amplify.contract.calls import Completion, Failure, Request, Usage
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import a, flag, number, several, text
from amplify.contract.provider import Limits, Reply
from amplify.run.engine.scrub import writable

NOT_ONE = "not one outcome for each request"

NO_COUNTS = "tell a usage that is not made of token counts: it is taken as not known"

TEXTS = tuple(
    (name, f"a completion's {name}") for name in ("text", "model", "stop", "note", "label")
)
"""The texts of a completion, and how an error names each of them."""

NEVER = float("-inf")
"""The log-probability of a token that cannot come."""


def check_outcome(value: object, by_service: bool = False) -> Completion | Failure:
    """The outcome as a record of our own, which nobody can change later on.

    `by_service` says that a service told the usage: the plugin is not blamed for what is no count.
    """
    if isinstance(value, Completion):
        return _completion(value, by_service)
    failure = a(Failure, value, "an outcome")
    after = failure.retry_after
    return Failure(
        kind=writable(text(failure.kind, "a failure's kind")),
        message=writable(text(failure.message, "a failure's message")),
        retry=flag(failure.retry, "retry"),
        reached=flag(failure.reached, "reached"),
        retry_after=None if after is None else number(after, "retry_after"),
    )


def check_reply(value: object) -> Reply:
    """The reply of one attempt."""
    reply = a(Reply, value, "what answer returns")
    limits = None if reply.limits is None else _limits(reply.limits)
    return Reply(check_outcome(reply.outcome, by_service=True), limits)


def check_ranked(outcome: Completion | Failure, request: Request) -> Completion | Failure:
    """The outcome; of labels that were to be ranked, a whole completion names one.

    Behind a rationale it may name none, as the label could not be got.
    """
    if not request.labels or not isinstance(outcome, Completion):
        return outcome
    ranked = outcome.stop == "end" if request.answer == "rank" else bool(outcome.label)
    if not ranked:
        return outcome
    label = outcome.text if request.answer == "rank" else outcome.label
    if label not in request.labels:
        labels = ", ".join(map(repr, request.labels))
        raise Wrong(f"ranked {brief(label)} first, which is none of {labels:.200}")
    return outcome


def _limits(value: object) -> Limits:
    limits = a(Limits, value, "the limits")
    counts: dict[str, Any] = {}
    for field in fields(Limits):
        count = getattr(limits, field.name)
        # What is left may be no whole number.
        if count is not None:
            exact = number(count, f"the limits' {field.name}")
            counts[field.name] = count if type(count) is int else exact
    return Limits(**counts)


def _completion(completion: Completion, by_service: bool) -> Completion:
    texts = [writable(text(getattr(completion, name), what)) for name, what in TEXTS]
    usage, counted = _usage(completion.usage)
    if not counted and not by_service:
        raise Wrong(f"a completion's usage is {brief(completion.usage)}, not made of token counts")
    if not counted:
        texts[3] = "; ".join(filter(None, (texts[3], NO_COUNTS)))
    seconds = number(completion.seconds, "a completion's seconds")
    logprobs = completion.logprobs
    if logprobs != ():
        logprobs = tuple(_logprob(pair) for pair in several(logprobs, "a completion's logprobs"))
    return Completion(texts[0], texts[1], texts[2], usage, seconds, texts[3], logprobs, texts[4])


def _usage(usage: object) -> tuple[Usage, bool]:
    """The usage, and whether all that it tells are counts; what is none is not known."""
    if not isinstance(usage, Usage):
        return Usage(), False
    counts: list[int | None] = []
    sound = True
    for value in (usage.input, usage.output, usage.cached, usage.written):
        if value is not None and type(value) is not int:
            is_count = isinstance(value, SupportsIndex) and not isinstance(value, bool)
            sound, value = sound and is_count, index(value) if is_count else None
        counts.append(value)
    return Usage(*counts), sound


def _logprob(value: object) -> tuple[str, float]:
    pair = several(value, "a token with its log-probability")
    if len(pair) != 2:
        raise Wrong(f"a token with its log-probability is {brief(pair)}")
    token, logprob = pair
    if isinstance(logprob, float) and logprob == NEVER:
        return writable(text(token, "a token")), NEVER
    return writable(text(token, "a token")), number(logprob, "a log-probability")
