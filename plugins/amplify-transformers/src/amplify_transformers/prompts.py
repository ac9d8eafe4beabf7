"""Prompts as token ids: as a chat where the model has a chat template, else as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from amplify import PlanError


class Encoder:
    """Encodes whole prompts; `chat` says whether the tokenizer's chat template is used."""

    def __init__(self, tokenizer: Any, chat: Literal["auto", "on", "off"], name: str) -> None:
        if chat == "on" and not tokenizer.chat_template:
            raise PlanError(f"{name} has no chat template", hint='say chat = "auto" or "off"')
        self._tokenizer = tokenizer
        self.chat = bool(tokenizer.chat_template) and chat != "off"

    def encode(self, texts: Sequence[str], ahead: str = "") -> list[list[int]]:
        """The ids of each prompt; `ahead` is what the reply is taken to begin with."""
        texts = [self._framed(text) + ahead for text in texts]
        if not texts:
            return []
        found = self._tokenizer(
            texts,
            add_special_tokens=not self.chat,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]
        return [self._open(ids, text) for ids, text in zip(found, texts, strict=True)]

    def _framed(self, text: str) -> str:
        if not self.chat:
            return text
        framed: str = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, tokenize=False
        )
        return framed

    def _open(self, ids: list[int], text: str) -> list[int]:
        """Without the end token that some tokenizers put behind every text."""
        end = self._tokenizer.eos_token
        if len(ids) > 1 and ids[-1] == self._tokenizer.eos_token_id and not text.endswith(end):
            return list(ids[:-1])
        return list(ids)
