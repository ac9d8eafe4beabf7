"""How an explainer asks the LLM: its requests are checked, and the replies are its own."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.calls import Completion, Failure, Message, Prompt, Request
from amplify.contract.context import Ask
from amplify.contract.guard.copies import outcome_apart
from amplify.contract.guard.shapes import a, flag, several, text, texts, whole


class CountedAsk:
    """The same `Ask`, which counts the `requests` that it was given."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.requests = 0

    def __call__(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        """What the requests come to."""
        self.requests += len(requests)
        return self._ask(requests)


def asking_apart(ask: Ask) -> Ask:
    """The same `Ask`: what its caller does later to what it gave or got changes nothing here."""

    def ask_apart(requests: Sequence[Request]) -> list[Completion | Failure]:
        own_requests = [check_request(request) for request in several(requests, "the requests")]
        return [outcome_apart(outcome) for outcome in ask(own_requests)]

    return ask_apart


def check_request(value: object) -> Request:
    """A request that a component made, as a record of our own."""
    request = a(Request, value, "a request")
    prompt = a(Prompt, request.prompt, "a request's prompt")
    turns = (a(Message, turn, "a message") for turn in several(prompt.turns, "a prompt's turns"))
    return Request(
        Prompt(
            text(prompt.shared, "a prompt's shared block"),
            text(prompt.item_part, "the item part of a prompt"),
            tuple(Message(turn.role, text(turn.content, "a message's content")) for turn in turns),
            whole(prompt.opening, "a prompt's opening", 0),
        ),
        text(request.arm, "a request's arm"),
        text(request.item, "a request's item"),
        whole(request.max_tokens, "a request's max_tokens", 1),
        texts(request.stop, "a request's stop"),
        texts(request.labels, "a request's labels"),
        text(request.cue, "a request's cue"),
        flag(request.writes_first, "a request's writes_first"),
        whole(request.repeat, "a request's repeat", 0),
    )
