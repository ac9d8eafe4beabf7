"""Control tokens: what stands in a text is text, also where it spells one of the model's tokens."""

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
    """These, and what a chat template may use too (tools, thinking), but for mere white space."""
    found = (token.content for token in tokenizer.added_tokens_decoder.values())
    return tuple(content for content in found if content.strip())


def stand_ins(tokenizer: Any) -> tuple[str, ...]:
    """The tokens that stand for a word which is hidden or missing: mask and padding.

    Explainers write them into a text, so that proxies read them as what they are. A padding token
    that is an end too is an end.
    """
    names = dict(tokenizer.special_tokens_map)
    found = (names.pop("mask_token", None), names.pop("pad_token", None))
    return tuple(token for token in found if token and token not in names.values())


def structural(tokenizer: Any) -> tuple[str, ...]:
    """The other special tokens: ends, separators, turns."""
    kept = stand_ins(tokenizer)
    return tuple(token for token in special_tokens(tokenizer) if token not in kept)


def spells(texts: Iterable[str], tokens: Sequence[str]) -> bool:
    """Whether one of the texts holds one of the tokens, letter by letter."""
    begin = {token[0] for token in tokens}
    likely = [text for text in texts if any(letter in text for letter in begin)]
    return any(token in text for text in likely for token in tokens)


def disarm(text: str, tokens: Sequence[str]) -> str:
    """The text, as long as it was, with a space for the first letter of each token."""
    for token in tokens:
        text = text.replace(token, " " + token[1:])
    return text


def can_sanitize(tokenizer: Any) -> bool:
    """Whether a chat template can be filled so that contents stay text: new in transformers 5."""
    return "sanitize_control_tokens" in inspect.signature(tokenizer.apply_chat_template).parameters
