"""Prompts as token ids: as a chat where the model has a chat template, else as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
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

TAIL = 200
"""How many characters of a text's end are encoded again with what follows it."""

LEAST_SAME = 16
"""How many tokens of that must be as in the whole text: what follows changes none before them."""


class PromptEncoder:
    """Encodes whole prompts; `chat` says whether the tokenizer's chat template is used.

    A prompt's contents are text, also where they spell a special token of the model, unless
    `control_tokens` says otherwise; the special tokens that the chat template writes are tokens.
    `name` is the model's, for messages.
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

    def encode(self, prompts: Sequence[Prompt], beginnings: Sequence[str] = ()) -> list[list[int]]:
        """The ids of each prompt, with the beginning of its reply behind it where that is given.

        Raises PlanError for a conversation that the model cannot be asked.
        """
        beginnings = beginnings or [""] * len(prompts)
        texts = [self._filled(p) + start for p, start in zip(prompts, beginnings, strict=True)]
        groups: dict[str, list[int]] = defaultdict(list)
        for index, prompt in enumerate(prompts):
            groups[prompt.shared].append(index)
        rows: list[list[int]] = [[]] * len(texts)
        for indices in groups.values():
            encoded = self._encode_texts([texts[index] for index in indices])
            for index, ids in zip(indices, encoded, strict=True):
                rows[index] = ids
        for index, prompt in enumerate(prompts):
            if self._needs_sanitizing(prompt):
                rows[index] = self._sanitized(prompt, beginnings[index]) or rows[index]
        return rows

    def encode_behind(
        self, prompt: Prompt, ids: Sequence[int], beginnings: Sequence[str]
    ) -> list[list[int]]:
        """The ids of a prompt, given its own, with each of these beginnings of a reply behind it.

        They are those of the whole texts, see `_encode_ends`.
        """
        rows = None
        if not self._needs_sanitizing(prompt):
            rows = self._encode_ends(self._filled(prompt), ids, beginnings)
        return rows or self.encode([prompt] * len(beginnings), beginnings)

    def _encode_texts(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text; a long beginning that all of them have is encoded once."""
        start = _common_start(texts) if len(texts) > 1 else ""
        if len(start) > 2 * TAIL:
            (ids,) = self._encode_whole([start])
            rows = self._encode_ends(start, ids, [text[len(start) :] for text in texts])
            if rows:
                return rows
        return list(self._encode_whole(texts))

    def _encode_whole(self, texts: Sequence[str]) -> Iterator[list[int]]:
        encoded = self._tokenizer(
            list(texts),
            add_special_tokens=not self.chat,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
            split_special_tokens=self._as_text and not self.chat,
        )["input_ids"]
        for ids, text in zip(encoded, texts, strict=True):
            yield self._without_end(ids, text)

    def _encode_ends(
        self, start: str, ids: Sequence[int], ends: Sequence[str]
    ) -> list[list[int]] | None:
        """The ids of `start`, given its own, with each of the `ends` behind it.

        They are those of the whole texts. Only the last of `start` is encoded again, as far as that
        alone gives the same tokens as all of it does; None where it does not.
        """
        tail = start[-TAIL:]
        alone, *rows = self._tokenizer(
            [tail, *(tail + end for end in ends)],
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
            split_special_tokens=self._as_text and not self.chat,
        )["input_ids"]
        most = min(len(alone), len(ids))
        same = next((n for n in range(most) if alone[-1 - n] != ids[-1 - n]), most)
        first = len(alone) - same
        if same < LEAST_SAME or any(row[:first] != alone[:first] for row in rows):
            return None
        return [[*ids[: len(ids) - same], *row[first:]] for row in rows]

    def note(self, prompt: Prompt) -> str:
        """The note on a prompt that spells a special token of the model; empty for others."""
        if not self._as_text or not spells((m.content for m in prompt.messages), self._tokens):
            return ""
        return AS_TEXT if not self.chat or self._sanitized(prompt, "") else AS_TOKEN

    def _needs_sanitizing(self, prompt: Prompt) -> bool:
        """Whether the chat template must be told that contents which spell tokens are text."""
        return (
            self.chat
            and self._as_text
            and spells((message.content for message in prompt.messages), self._tokens)
        )

    def _sanitized(self, prompt: Prompt, beginning: str) -> list[int] | None:
        """The ids of a chat whose contents are text alone; None where that cannot be done.

        A reply's `beginning` joins the chat's end as it joins that of a chat without such contents.
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
        if not beginning:
            return list(ids)
        plain = Prompt("", "a")
        before, after = self.encode([plain, plain], ["", beginning])
        common = next(
            (at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
            min(len(before), len(after)),
        )
        return [*ids[: len(ids) - (len(before) - common)], *after[common:]]

    def _filled(self, prompt: Prompt) -> str:
        """The prompt as text: the chat template filled with it, if that is used."""
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
            text: str = self._tokenizer.apply_chat_template(
                _messages(prompt), add_generation_prompt=True, tokenize=False
            )
        except jinja2.TemplateError as error:
            raise PlanError(
                f"the chat template of {self._name} refuses the prompt: {error}",
                where="[llm]",
                hint="where it takes no system message, say system = false in the arm's template",
            ) from None
        return text

    def _without_end(self, ids: list[int], text: str) -> list[int]:
        """The ids of `text` without the end token that some tokenizers put behind every text."""
        end = self._tokenizer.eos_token
        meant = text.endswith(end or "") and (self.chat or not self._as_text)
        if len(ids) > 1 and ids[-1] == self._tokenizer.eos_token_id and not meant:
            return list(ids[:-1])
        return list(ids)


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in prompt.messages]


def _common_start(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    differing = (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(differing, len(first))]
