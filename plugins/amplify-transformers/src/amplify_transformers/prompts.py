"""Prompts as token ids: as a chat where the model has a chat template, else as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jinja2

from amplify import PlanError, Prompt


class Encoder:
    """Encodes whole prompts; `chat` says whether the tokenizer's chat template is used."""

    def __init__(self, tokenizer: Any, chat: Literal["auto", "on", "off"], name: str) -> None:
        if chat == "on" and not tokenizer.chat_template:
            raise PlanError(f"{name} has no chat template", hint='say chat = "auto" or "off"')
        self._tokenizer = tokenizer
        self._name = name
        self.chat = bool(tokenizer.chat_template) and chat != "off"

    def encode(self, prompts: Sequence[Prompt], ahead: Sequence[str] = ()) -> list[list[int]]:
        """The ids of each prompt; `ahead` is what each one's reply is taken to begin with.

        Raises PlanError for a conversation that the model cannot be asked.
        """
        begun = ahead or [""] * len(prompts)
        texts = [self._framed(p) + more for p, more in zip(prompts, begun, strict=True)]
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

    def _framed(self, prompt: Prompt) -> str:
        if not self.chat and prompt.turns:
            raise PlanError(
                f"{self._name} has no chat template, or `chat` turns it off: it cannot be asked in"
                " the chat layout",
                where="[llm]",
                hint='say layout = "completion" in the arm\'s template, or take a chat model',
            )
        if not self.chat:
            return prompt.text
        messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
        try:
            framed: str = self._tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, tokenize=False
            )
        except jinja2.TemplateError as error:
            raise PlanError(
                f"the chat template of {self._name} refuses the prompt: {error}",
                where="[llm]",
                hint="where it takes no system message, say system = false in the arm's template",
            ) from None
        return framed

    def _open(self, ids: list[int], text: str) -> list[int]:
        """Without the end token that some tokenizers put behind every text."""
        end = self._tokenizer.eos_token
        if len(ids) > 1 and ids[-1] == self._tokenizer.eos_token_id and not text.endswith(end):
            return list(ids[:-1])
        return list(ids)


@dataclass(frozen=True)
class Labels:
    """A prompt with labels: the `stem` that all share, and each label's `tails` behind it.

    A label may change the last tokens of its prompt; then the stem ends before them, for all.
    `tokens` are those of the prompt alone; `alike` names two labels of the same tokens, or one of
    none.
    """

    tokens: int
    stem: tuple[int, ...]
    tails: tuple[tuple[int, ...], ...]
    alike: tuple[int, ...]

    @classmethod
    def of(cls, prompt: Sequence[int], ahead: Sequence[Sequence[int]]) -> Labels:
        """From the ids of the prompt, and of the prompt with each label behind it."""
        length = len(prompt)
        for ids in ahead:
            differs = (at for at in range(min(length, len(ids))) if ids[at] != prompt[at])
            length = next(differs, min(length, len(ids)))
        tails = tuple(tuple(ids[length:]) for ids in ahead)
        twins = [at for at, tail in enumerate(tails) if not tail or tails.count(tail) > 1]
        return cls(len(prompt), tuple(prompt[:length]), tails, tuple(twins[:2]))

    @property
    def longest(self) -> int:
        """The tokens of the longest label."""
        return max(map(len, self.tails))
