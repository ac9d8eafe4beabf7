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

TEXTS = tuple((name, f"a completion's {name}") for name in ("text", "model", "stop", "note"))
"""The texts of a completion, and how an error names each of them."""

NEVER = float("-inf")
"""The log-probability of a token that cannot come."""


def check_outcome(found: object, told: bool = False) -> Completion | Failure:
    """The outcome as a record of our own, which nobody can change later on.

    `told` says that a service told the usage: what is no count in it is none of the plugin's doing.
    """
    if isinstance(found, Completion):
        return _completion(found, told)
    failure = a(Failure, found, "an outcome")
    after = failure.retry_after
    return Failure(
        kind=writable(text(failure.kind, "a failure's kind")),
        message=writable(text(failure.message, "a failure's message")),
        retry=flag(failure.retry, "retry"),
        reached=flag(failure.reached, "reached"),
        retry_after=None if after is None else number(after, "retry_after"),
    )


def check_reply(found: object) -> Reply:
    """The reply of one attempt."""
    reply = a(Reply, found, "what answer returns")
    limits = None if reply.limits is None else _limits(reply.limits)
    return Reply(check_outcome(reply.outcome, told=True), limits)


def check_ranked(outcome: Completion | Failure, request: Request) -> Completion | Failure:
    """The outcome; of labels that were to be ranked, a whole completion names one."""
    if not request.labels or not isinstance(outcome, Completion) or outcome.stop != "end":
        return outcome
    if outcome.text not in request.labels:
        labels = ", ".join(map(repr, request.labels))
        raise Wrong(f"ranked {brief(outcome.text)} first, which is none of {labels:.200}")
    return outcome


def _limits(found: object) -> Limits:
    limits = a(Limits, found, "the limits")
    told: dict[str, Any] = {}
    for field in fields(Limits):
        value = getattr(limits, field.name)
        # A count of theirs is worked with as it is told, a whole number or not.
        if value is not None:
            exact = number(value, f"the limits' {field.name}")
            told[field.name] = value if type(value) is int else exact
    return Limits(**told)


def _completion(done: Completion, told: bool) -> Completion:
    said = [writable(text(getattr(done, name), what)) for name, what in TEXTS]
    usage, counted = _usage(done.usage)
    if not counted and not told:
        raise Wrong(f"a completion's usage is {brief(done.usage)}, not made of token counts")
    if not counted:
        said[3] = "; ".join(filter(None, (said[3], NO_COUNTS)))
    seconds = number(done.seconds, "a completion's seconds")
    logprobs = done.logprobs
    if logprobs != ():
        logprobs = tuple(_logprob(one) for one in several(logprobs, "a completion's logprobs"))
    return Completion(said[0], said[1], said[2], usage, seconds, said[3], logprobs)


def _usage(usage: object) -> tuple[Usage, bool]:
    """The usage, and whether all that it tells are counts; what is none is not known."""
    if not isinstance(usage, Usage):
        return Usage(), False
    found: list[int | None] = []
    sound = True
    for value in (usage.input, usage.output, usage.cached, usage.written):
        if value is not None and type(value) is not int:
            counts = isinstance(value, SupportsIndex) and not isinstance(value, bool)
            sound, value = sound and counts, index(value) if counts else None
        found.append(value)
    return Usage(*found), sound


def _logprob(found: object) -> tuple[str, float]:
    pair = several(found, "a token with its log-probability")
    if len(pair) != 2:
        raise Wrong(f"a token with its log-probability is {brief(pair)}")
    token, logprob = pair
    if isinstance(logprob, float) and logprob == NEVER:
        return writable(text(token, "a token")), NEVER
    return writable(text(token, "a token")), number(logprob, "a log-probability")
