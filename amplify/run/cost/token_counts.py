"""How many tokens a call takes: an estimate, and an upper bound."""

from __future__ import annotations

from amplify.contract.calls import Prompt, Request
from amplify.contract.provider import MostTokens, Provider
from amplify.kit.token_bounds import most_prompt_tokens, text_size

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English, for estimates where no tokenizer is known, and never for caps."""


def prompt_tokens(provider: Provider, prompt: Prompt) -> int | None:
    """Tokens of the prompt by the provider's tokenizer; None where it has none.

    A provider that counts texts alone is given a conversation as text.
    """
    counted = provider.count_messages(prompt.messages) if prompt.turns else None
    return provider.count_tokens(prompt.text) if counted is None else counted


def about_tokens(provider: Provider, prompt: Prompt) -> int:
    """About how many tokens the prompt has."""
    return _about(prompt, prompt_tokens(provider, prompt))


def _about(prompt: Prompt, counted: int | None) -> int:
    return len(prompt.text) // CHARACTERS_PER_TOKEN if counted is None else counted


def most_tokens(provider: Provider, request: Request) -> MostTokens:
    """The most tokens that one attempt at the call may take.

    Caps, forecasts and the check of a model's context all use this bound.
    """
    bound = provider.most_tokens(request)
    return bound or _most(request, prompt_tokens(provider, request.prompt))


def _most(request: Request, counted: int | None) -> MostTokens:
    if counted is None:
        messages = request.prompt.messages
        size = sum(text_size(message.content) for message in messages)
        counted = most_prompt_tokens(size, len(messages))
    if request.answer == "rank":  # nothing is written: the labels stand behind the prompt
        longest = max(text_size(request.cue + label) for label in request.labels)
        return MostTokens(counted + longest, 0)
    return MostTokens(counted, request.max_tokens)


def about_and_most(provider: Provider, request: Request) -> tuple[int, MostTokens]:
    """`about_tokens` and `most_tokens` of the call, by one count of its prompt."""
    counted = prompt_tokens(provider, request.prompt)
    bound = provider.most_tokens(request)
    return _about(request.prompt, counted), bound or _most(request, counted)


def most_output(provider: Provider, request: Request) -> int:
    """The most tokens that a reply may take."""
    bound = provider.most_tokens(request)
    if bound is None:
        return 0 if request.answer == "rank" else request.max_tokens
    return bound.output
