"""Special tokens: a text that spells one of them is read as text, unless it stands for a word."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

AS_TEXT = (
    "came from prompts that spell a control token of the model: it was read as text"
    " (llm.control_tokens = true reads it as the token)"
)
AS_TOKEN = (
    "came from prompts that spell a control token of the model: it was read as the token, as this"
    " model's chat template cannot be told to read it as text"
)


def special_tokens(tokenizer: Any) -> tuple[str, ...]:
    """The tokens of a vocabulary that mean something to the model beyond their letters."""
    return tuple(t.content for t in tokenizer.added_tokens_decoder.values() if t.special)


def added_tokens(tokenizer: Any) -> tuple[str, ...]:
    """The special tokens and those that a chat template may use too, but for mere white space."""
    contents = (token.content for token in tokenizer.added_tokens_decoder.values())
    return tuple(content for content in contents if content.strip())


def placeholder_tokens(tokenizer: Any) -> tuple[str, ...]:
    """The tokens that stand for a hidden or missing word: mask and padding.

    Explainers write them into a text, and a proxy must read them as tokens. A padding token that
    also ends a text is left out.
    """
    names = dict(tokenizer.special_tokens_map)
    tokens = (names.pop("mask_token", None), names.pop("pad_token", None))
    return tuple(token for token in tokens if token and token not in names.values())


def structural_tokens(tokenizer: Any) -> tuple[str, ...]:
    """The special tokens that are no placeholders: ends, separators, turns."""
    placeholders = placeholder_tokens(tokenizer)
    return tuple(token for token in special_tokens(tokenizer) if token not in placeholders)


def spells(texts: Iterable[str], tokens: Sequence[str]) -> bool:
    """Whether one of the texts holds one of the tokens, letter by letter."""
    first_letters = {token[0] for token in tokens}
    candidates = [text for text in texts if any(letter in text for letter in first_letters)]
    return any(token in text for text in candidates for token in tokens)


def break_tokens(text: str, tokens: Sequence[str]) -> str:
    """The text, at its old length, with a space in place of the first letter of each token."""
    for token in tokens:
        text = text.replace(token, " " + token[1:])
    return text


def can_sanitize(tokenizer: Any) -> bool:
    """Whether a chat template can be filled so that contents stay text: new in transformers 5."""
    return "sanitize_control_tokens" in inspect.signature(tokenizer.apply_chat_template).parameters
