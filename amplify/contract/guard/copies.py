"""Requests and outcomes of a component's own: what it does to them changes nothing here."""

from __future__ import annotations

from amplify.contract.calls import Completion, Failure, Message, Prompt, Request, Usage


def request_apart(request: Request) -> Request:
    """A request, with its prompt."""
    prompt = request.prompt
    turns = prompt.turns
    if turns:
        turns = tuple(Message(turn.role, turn.content) for turn in turns)
    return Request(
        Prompt(prompt.shared, prompt.item_part, turns, prompt.opening),
        request.arm,
        request.item,
        request.max_tokens,
        request.stop,
        request.labels,
        request.cue,
        request.writes_first,
        request.repeat,
    )


def outcome_apart(outcome: Completion | Failure) -> Completion | Failure:
    """An outcome, with its usage."""
    if isinstance(outcome, Failure):
        return Failure(
            outcome.kind, outcome.message, outcome.retry, outcome.retry_after, outcome.reached
        )
    used = outcome.usage
    return Completion(
        outcome.text,
        outcome.model,
        outcome.stop,
        Usage(used.input, used.output, used.cached, used.written),
        outcome.seconds,
        outcome.note,
        outcome.logprobs,
        outcome.label,
    )
