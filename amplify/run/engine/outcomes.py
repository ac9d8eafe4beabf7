"""What a provider said, checked: texts are text, counts are whole numbers."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, SupportsIndex

from amplify.contract.brief import brief
from amplify.contract.calls import Completion, Failure, Limits, Reply, Request, Usage
from amplify.contract.guard import Wrong
from amplify.contract.shapes import a, flag, number, several, text
from amplify.run.scrub import writable

NOT_ONE = "not one outcome for each request"

NO_COUNTS = "tell a usage that is not made of token counts: it is taken as not known"


def check_outcome(found: object, told: bool = False) -> Completion | Failure:
    """The outcome, its numbers those of Python.

    `told` says that a service told the usage: what is no count in it is none of the plugin's doing.
    """
    if isinstance(found, Completion):
        return _completion(found, told)
    failure = a(Failure, found, "an outcome")
    after = failure.retry_after
    return replace(
        failure,
        kind=writable(text(failure.kind, "a failure's kind")),
        message=writable(text(failure.message, "a failure's message")),
        retry=flag(failure.retry, "retry"),
        reached=flag(failure.reached, "reached"),
        retry_after=None if after is None else number(after, "retry_after"),
    )


def check_reply(found: object) -> Reply:
    """The reply of one attempt."""
    reply = a(Reply, found, "what answer returns")
    if reply.limits is not None:
        limits = a(Limits, reply.limits, "the limits")
        for field in fields(limits):
            if (value := getattr(limits, field.name)) is not None:
                number(value, f"the limits' {field.name}")
    outcome = check_outcome(reply.outcome, told=True)
    return reply if outcome is reply.outcome else replace(reply, outcome=outcome)


def check_ranked(outcome: Completion | Failure, request: Request) -> Completion | Failure:
    """The outcome; of labels that were to be ranked, a whole completion names one."""
    if not request.labels or not isinstance(outcome, Completion) or outcome.stop != "end":
        return outcome
    if outcome.text not in request.labels:
        labels = ", ".join(map(repr, request.labels))
        raise Wrong(f"ranked {brief(outcome.text)} first, which is none of {labels:.200}")
    return outcome


def _completion(done: Completion, told: bool) -> Completion:
    changed: dict[str, Any] = {}
    for name in ("text", "model", "stop", "note"):
        value = text(getattr(done, name), f"a completion's {name}")
        if (clean := writable(value)) != value:
            changed[name] = clean
    usage, counted = _usage(done.usage)
    if not counted and not told:
        raise Wrong(f"a completion's usage is {brief(done.usage)}, not made of token counts")
    if not counted:
        changed["note"] = "; ".join(filter(None, (changed.get("note", done.note), NO_COUNTS)))
    seconds = number(done.seconds, "a completion's seconds")
    logprobs = done.logprobs
    if logprobs != ():
        logprobs = tuple(_logprob(one) for one in several(logprobs, "a completion's logprobs"))
    if (
        usage is done.usage
        and seconds is done.seconds
        and logprobs == done.logprobs
        and not changed
    ):
        return done
    return replace(done, usage=usage, seconds=seconds, logprobs=logprobs, **changed)


def _usage(usage: object) -> tuple[Usage, bool]:
    """The usage, and whether all that it tells are counts; what is none is not known."""
    found: dict[str, int | None] = {}
    sound = isinstance(usage, Usage)
    for name in ("input", "output", "cached", "written"):
        value = getattr(usage, name, None)
        if value is not None and type(value) is not int:
            counts = isinstance(value, SupportsIndex) and not isinstance(value, bool)
            found[name] = value.__index__() if counts else None
            sound = sound and counts
    if isinstance(usage, Usage):
        return (replace(usage, **found) if found else usage), sound
    return Usage(), False


def _logprob(found: object) -> tuple[str, float]:
    pair = several(found, "a token with its log-probability")
    if len(pair) != 2:
        raise Wrong(f"a token with its log-probability is {brief(pair)}")
    token, logprob = pair
    # A token that cannot come has a log-probability of minus infinity.
    known = logprob if logprob == float("-inf") else number(logprob, "a log-probability")
    return writable(text(token, "a token")), known
