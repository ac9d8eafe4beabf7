"""Prompts as token ids: as a chat where the model has a chat template, else as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jinja2

from amplify import PlanError, Prompt
from amplify_transformers.tokens.special_tokens import (
    AS_TEXT,
    AS_TOKEN,
    added_tokens,
    can_sanitize,
    special_tokens,
    spells,
)


class PromptEncoder:
    """Encodes whole prompts; `chat` says whether the tokenizer's chat template is used.

    What a prompt says is text, also where it spells a special token of the model, unless
    `control_tokens` says otherwise; what the chat template writes is as it means it.
    """

    def __init__(
        self,
        tokenizer: Any,
        chat: Literal["auto", "on", "off"],
        name: str,
        control_tokens: bool = False,
    ) -> None:
        if chat == "on" and not tokenizer.chat_template:
            raise PlanError(f"{name} has no chat template", hint='say chat = "auto" or "off"')
        self._tokenizer = tokenizer
        self._name = name
        self.chat = bool(tokenizer.chat_template) and chat != "off"
        self._as_text = not control_tokens
        self._tokens = added_tokens(tokenizer) if self.chat else special_tokens(tokenizer)

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
            split_special_tokens=self._as_text and not self.chat,
        )["input_ids"]
        made = [self._open(ids, text) for ids, text in zip(found, texts, strict=True)]
        for place, prompt in enumerate(prompts):
            if self._guards(prompt):
                made[place] = self._guarded(prompt, begun[place]) or made[place]
        return made

    def note(self, prompt: Prompt) -> str:
        """What to say of a prompt that spells a special token of the model; empty for others."""
        if not self._as_text or not spells((m.content for m in prompt.messages), self._tokens):
            return ""
        return AS_TEXT if not self.chat or self._guarded(prompt, "") else AS_TOKEN

    def _guards(self, prompt: Prompt) -> bool:
        """Whether the chat template is to be told that contents are text."""
        return (
            self.chat
            and self._as_text
            and spells((message.content for message in prompt.messages), self._tokens)
        )

    def _guarded(self, prompt: Prompt, more: str) -> list[int] | None:
        """The ids of a chat whose contents are text alone; None where that cannot be done.

        What is put `more` behind it joins its end as it joins that of a harmless chat.
        """
        if not can_sanitize(self._tokenizer):
            return None
        try:
            ids = self._tokenizer.apply_chat_template(
                _messages(prompt),
                add_generation_prompt=True,
                return_dict=False,
                sanitize_control_tokens=True,
            )
        except ValueError:  # the vocabulary makes the token of plain letters
            return None
        if not more:
            return list(ids)
        plain = Prompt("", "a")
        before, after = self.encode([plain, plain], ["", more])
        same = next(
            (at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
            min(len(before), len(after)),
        )
        return [*ids[: len(ids) - (len(before) - same)], *after[same:]]

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
        try:
            framed: str = self._tokenizer.apply_chat_template(
                _messages(prompt), add_generation_prompt=True, tokenize=False
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
        own = text.endswith(end or "") and (self.chat or not self._as_text)
        if len(ids) > 1 and ids[-1] == self._tokenizer.eos_token_id and not own:
            return list(ids[:-1])
        return list(ids)


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in prompt.messages]


@dataclass(frozen=True)
class LabelledPrompt:
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
    def of(cls, prompt: Sequence[int], ahead: Sequence[Sequence[int]]) -> LabelledPrompt:
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
