"""The layout of a prompt: its messages, with a slot where the input stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from amplify.contract.calls import Message, Prompt, Role


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The place of the input in a message."""

    slot: Literal["input"] = "input"


Part = str | Slot

SLOT = Slot()


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message whose content is its parts, one behind the other."""

    role: Role
    parts: tuple[Part, ...]

    def message(self, text: str) -> Message:
        """The message with the text in its slots."""
        return Message(self.role, self.content(text))

    def content(self, text: str) -> str:
        """What the message says with the text in its slots."""
        return "".join(part if isinstance(part, str) else text for part in self.parts)

    @classmethod
    def around(cls, message: Message, mark: str) -> Turn:
        """The turn of a message that holds a mark wherever the input is to stand."""
        parts: list[Part] = []
        for place, piece in enumerate(message.content.split(mark)):
            parts += [SLOT] if place else []
            parts += [piece] if piece else []
        return cls(message.role, tuple(parts))


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a prompt is laid out: what all inputs share, and what holds an input.

    As a "chat" the `shared` messages come first and the `item` messages follow. As a "text" there
    is one message of the user, which begins with what is shared and goes on with the item's.
    """

    form: Literal["text", "chat"]
    shared: tuple[Turn, ...]
    item: tuple[Turn, ...]

    def prompt(self, text: str) -> Prompt:
        """The prompt of a text."""
        shared = [turn.message(text) for turn in self.shared]
        item = [turn.message(text) for turn in self.item]
        if self.form == "chat":
            return Prompt.chat(shared, item)
        return Prompt("".join(m.content for m in shared), "".join(m.content for m in item))

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The messages that are sent, one behind the other."""
        if self.form == "chat":
            return (*self.shared, *self.item)
        return (Turn("user", tuple(part for turn in self._both for part in turn.parts)),)

    @property
    def literals(self) -> list[str]:
        """Every text of the layout that is no input."""
        return [part for turn in self._both for part in turn.parts if isinstance(part, str)]

    @property
    def _both(self) -> Sequence[Turn]:
        return (*self.shared, *self.item)

    @classmethod
    def around(cls, prompt: Prompt, mark: str) -> Layout:
        """The layout of a prompt that holds a mark wherever the input is to stand."""
        if prompt.turns:
            turns = [Turn.around(message, mark) for message in prompt.turns]
            shared, item = turns[: prompt.opening], turns[prompt.opening :]
            return cls("chat", tuple(shared), tuple(item))
        shared = [Turn.around(Message("user", prompt.shared), mark)] if prompt.shared else []
        item_part = Turn.around(Message("user", prompt.item_part), mark)
        return cls("text", tuple(shared), (item_part,))

    @property
    def has_slot(self) -> bool:
        """Whether the input stands anywhere in the item's messages, and nowhere in the shared."""
        in_item = any(isinstance(part, Slot) for turn in self.item for part in turn.parts)
        in_shared = any(isinstance(part, Slot) for turn in self.shared for part in turn.parts)
        return in_item and not in_shared
