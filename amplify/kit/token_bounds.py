"""The most tokens that a text can have, where no tokenizer counts them."""

from __future__ import annotations

import unicodedata

EACH_MESSAGE = 16
"""Tokens that a chat template puts around a message, at most: role, beginning and end."""

EVERY_PROMPT = 64
"""Tokens that a chat template adds to a whole prompt: its own first words, the reply's head."""


def most_prompt_tokens(size: int, messages: int = 1) -> int:
    """The most tokens of a prompt of `size` bytes of UTF-8 (or counted tokens) in `messages`.

    The tokenizers of language models leave no token empty: each covers a byte of the text or more.
    """
    return size + EACH_MESSAGE * messages + EVERY_PROMPT


def text_size(text: str) -> int:
    """The bytes of a text in UTF-8, in the longer of the forms that a tokenizer may see."""
    if text.isascii():
        return len(text)
    size = len(text.encode("utf-8", "surrogatepass"))
    # Some tokenizers first write compatibility characters out: one becomes up to eighteen.
    composed = unicodedata.normalize("NFKC", text)
    return max(size, len(composed.encode("utf-8", "surrogatepass")))
