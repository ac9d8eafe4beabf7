"""How many tokens a prompt takes, by whoever can tell."""

from __future__ import annotations

from amplify.contract.calls import Prompt
from amplify.contract.providers import AsyncProvider, ChatCounter, Provider


def prompt_tokens(provider: Provider | AsyncProvider, prompt: Prompt) -> int | None:
    """Tokens of the prompt by the provider's tokenizer; None where it has none.

    A provider that counts texts alone is given a conversation as text.
    """
    if prompt.turns and isinstance(provider, ChatCounter):
        return provider.count_messages(prompt.messages)
    return provider.count_tokens(prompt.text)
