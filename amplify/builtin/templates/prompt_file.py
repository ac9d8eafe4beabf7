"""The template `prompt`: a whole prompt from a file, in which the item takes the input's place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from amplify import Context, DataError, Demonstration, Example, Message, PlanError, Template
from amplify.builtin.files import locate, parse_json, read_text
from amplify.builtin.templates.options import PromptTemplateOptions

ROLES = ("system", "user", "assistant")

HINT = 'the file holds a JSON list of messages: [{"role": "user", "content": "… {{input}} …"}]'

PLACE = "it is where the item's text is put; the option `input` names another mark"


class WholePrompt(Template):
    """The messages of a file; they have their own demonstrations and instruction, or none."""

    def __init__(self, options: PromptTemplateOptions, context: Context) -> None:
        if not options.input:
            raise PlanError("`input` names no mark", where="template prompt", hint=PLACE)
        path = locate(context, options.path)
        *before, last = _messages(path)
        head, mark, tail = last.content.partition(options.input)
        if not mark or last.role != "user" or any(options.input in m.content for m in before):
            raise DataError(
                f"{options.input} does not stand in the last message, of the user, alone",
                where=str(path),
                hint=PLACE,
            )
        self._path, self._mark = path, options.input
        self._before, self._head, self._tail = before, head, tail
        self.chat = bool(before)
        self.stop = options.stop
        self.max_tokens = options.max_tokens

    def opening(
        self, instruction: str | None, demonstrations: Sequence[Demonstration]
    ) -> list[Message]:
        """The messages ahead of the item's."""
        self._refuse(demonstrations)
        return [*self._before]

    def last_turn(self, example: Example) -> str:
        """The last message, with the item in the input's place."""
        return self._head + self.item_part(example)

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """What stands ahead of the item in a prompt of one message."""
        self._refuse(demonstrations)
        return self._head

    def item_part(self, example: Example) -> str:
        """The item, and what follows it."""
        return example.text + self._tail.replace(self._mark, example.text)

    def _refuse(self, demonstrations: Sequence[Demonstration]) -> None:
        if demonstrations:
            raise PlanError(
                "has a prompt of its own, in which no demonstrations can be put",
                where=str(self._path),
                hint="leave selector and shots out in this arm",
            )


def _messages(path: Path) -> list[Message]:
    """The messages of the file; DataError where it holds anything else."""
    text, _ = read_text(path)
    value: Any = parse_json(text, path, 1)
    if not isinstance(value, list) or not value:
        raise DataError("holds no list of messages", where=str(path), hint=HINT)
    messages = []
    for number, row in enumerate(value, 1):
        role = row.get("role") if isinstance(row, dict) else None
        content = row.get("content") if isinstance(row, dict) else None
        if role not in ROLES or not isinstance(content, str):
            raise DataError(
                f"message {number} lacks a role ({', '.join(ROLES)}) or a content that is text",
                where=str(path),
                hint=HINT,
            )
        messages.append(Message(cast(Any, role), content))
    return messages
