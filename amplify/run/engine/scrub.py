"""Cleans outcomes before they are kept or shown: of keys, and of text that no file can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from amplify.contract.calls import Completion, Failure
from amplify.contract.guard.keys import Scrubber
from amplify.contract.guard.secret import keys_sent, scrubber

Clean = Callable[[Completion | Failure], Completion | Failure]
"""Takes what must not be kept out of an outcome."""


def cleaner(names: Iterable[str] = ()) -> Clean:
    """A function that cleans the outcomes of a provider.

    `names` are the environment variables that the provider reads. Out of a reply it takes only the
    keys that were sent: no other key can be in it, and a word that is also the value of some other
    variable is part of the answer. Out of a failure it takes all keys of the environment.
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
        text, model, stop, note = (writable(scrub(raw)) for raw in texts)
        kept = [writable(token) for token in scrub.tokens(tokens)]
    else:
        text, model, stop, note = map(writable, texts)
        kept = [writable(token) for token in tokens]
    if (text, model, stop, note) == texts and kept == tokens:
        return reply
    logprobs = tuple((token, old[1]) for token, old in zip(kept, reply.logprobs, strict=True))
    return replace(reply, text=text, model=model, stop=stop, note=note, logprobs=logprobs)


def writable(text: str) -> str:
    """The text with half surrogate pairs replaced: JSON can hold them, a file in UTF-8 cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
