"""Outcomes as they may be kept: no keys in them, and only text that can be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from amplify.contract.calls import Completion, Failure
from amplify.contract.guard.keys import Scrubber
from amplify.contract.guard.secret import keys_sent, scrubber

Clean = Callable[[Completion | Failure], Completion | Failure]

__all__ = ["Clean", "cleaner", "scrubber"]


def cleaner(names: Iterable[str] = ()) -> Clean:
    """What an outcome goes through before it is kept or shown.

    `names` are the variables that its provider reads. Of a reply only the keys that were sent are
    taken out: no other can be in it, and a word that is also the value of some other variable is
    part of the answer. Of a failure all keys of the environment are.
    """
    names = tuple(names)
    of_replies, of_failures = Scrubber(keys_sent(names)), scrubber(names)

    def clean(outcome: Completion | Failure) -> Completion | Failure:
        if isinstance(outcome, Failure):
            return _failure(outcome, of_failures)
        return _reply(outcome, of_replies)

    return clean


def _failure(failure: Failure, scrub: Scrubber) -> Failure:
    kind, message = (writable(scrub(text)) for text in (failure.kind, failure.message))
    same = (kind, message) == (failure.kind, failure.message)
    return failure if same else replace(failure, kind=kind, message=message)


def _reply(reply: Completion, scrub: Scrubber) -> Completion:
    tokens = [token for token, _ in reply.logprobs]
    texts = (reply.text, reply.model, reply.stop, reply.note)
    if scrub.holds((*texts, *tokens)):
        text, model, stop, note = (writable(scrub(one)) for one in texts)
        kept = [writable(token) for token in scrub.tokens(tokens)]
    else:
        text, model, stop, note = map(writable, texts)
        kept = [writable(token) for token in tokens]
    if (text, model, stop, note) == texts and kept == tokens:
        return reply
    logprobs = tuple((token, old[1]) for token, old in zip(kept, reply.logprobs, strict=True))
    return replace(reply, text=text, model=model, stop=stop, note=note, logprobs=logprobs)


def writable(text: str) -> str:
    """`text` with half surrogate pairs replaced: JSON can hold them, a file of UTF-8 cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
