"""A checked template: it writes texts, and sees items without their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

from amplify.contract.calls import Message, Role
from amplify.contract.data import Example
from amplify.contract.grammar import counted
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.origin import Origin
from amplify.contract.guard.shapes import a, encodable, flag, several, text, texts, whole
from amplify.contract.template import Demonstration, ProxyView, Template
from amplify.loop.checked.copies import demonstration_apart, view_apart
from amplify.loop.checked.unlabelled import unlabelled


class CheckedTemplate(Checked, Template):
    """A `Template`. What it says of itself is read once."""

    role = "template"
    needed = ("shared",)
    defaults = Template

    def __init__(self, inner: Any, origin: Origin) -> None:
        super().__init__(inner, origin)
        # `own` was this method's name before: templates that were written then still work.
        earlier = self.defines("own") and not self.defines("item_part")
        self._item_part = "own" if earlier else "item_part"
        self.require(self._item_part)
        with self.guard("__init__"):
            self.stop = texts(self.member("stop"), "stop")
            self.max_tokens = whole(self.member("max_tokens"), "max_tokens")
            self.chat = flag(self.member("chat"), "chat")
            self.system = flag(self.member("system"), "system")
            prefix = self.member("prefix")
            self.prefix = None if prefix is None else text(prefix, "prefix")
            self.answer_first = flag(self.member("answer_first"), "answer_first")
            self.rationale_ahead = flag(self.member("rationale_ahead"), "rationale_ahead")
            self.statement = text(self.member("statement"), "statement")
        self.opens = self.chat and self.defines("opening")
        if self.chat and not self.opens:
            self.require("reply")

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """A rationale for each demonstration."""
        with self.guard("rationales"):
            count, returned = len(demonstrations), self.member("rationales")(_apart(demonstrations))
            rationales = several(returned, "what rationales returns", most=count)
            if len(rationales) != count:
                raise Wrong(
                    f"wrote {counted(len(rationales), 'rationale')} for"
                    f" {counted(count, 'demonstration')}"
                )
            return [
                _written(rationale, "a rationale", shown.example)
                for rationale, shown in zip(rationales, demonstrations, strict=True)
            ]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """What all items' prompts begin with."""
        with self.guard("shared"):
            shared = self.inner.shared(instruction, tuple(_apart(demonstrations)))
            return _written(shared, "what shared returns", *(d.example for d in demonstrations))

    def item_part(self, example: Example) -> str:
        """What follows for one item; its label is not told."""
        name = self._item_part
        with self.guard(name, item=example.id):
            item_part = getattr(self.inner, name)(unlabelled(example))
            return _written(item_part, f"what {name} returns", example)

    def viewed_item_part(self, example: Example, view: ProxyView) -> str:
        """What follows for one item with the proxy's view of it; the true label is not told."""
        if not self.defines("viewed_item_part"):
            return self.item_part(example)
        with self.guard("viewed_item_part", item=example.id):
            part = self.inner.viewed_item_part(unlabelled(example), view_apart(view))
            return _written(part, "what viewed_item_part returns", example)

    def reply(self, demonstration: Demonstration) -> str:
        """What follows the item in a demonstration."""
        with self.guard("reply", item=demonstration.example.id):
            reply = self.inner.reply(demonstration_apart(demonstration))
            return _written(reply, "what reply returns", demonstration.example)

    def opening(
        self, instruction: str | None, demonstrations: Sequence[Demonstration]
    ) -> list[Message]:
        """What a conversation has ahead of an item."""
        with self.guard("opening"):
            turns = self.inner.opening(instruction, tuple(_apart(demonstrations)))
            about = [shown.example for shown in demonstrations]
            return [_message(turn, about) for turn in several(turns, "what opening returns")]

    def last_turn(self, example: Example) -> str:
        """An item as the last turn of the user; its label is not told."""
        if not self.defines("last_turn"):
            return self.item_part(example)
        with self.guard("last_turn", item=example.id):
            turn = self.inner.last_turn(unlabelled(example))
            return _written(turn, "what last_turn returns", example)

    def continuation(self, label: str) -> str:
        """What follows the prompt where the label is the answer."""
        with self.guard("continuation"):
            return text(self.member("continuation")(label), f"the continuation for {label!r}")


def _apart(demonstrations: Sequence[Demonstration]) -> list[Demonstration]:
    return [demonstration_apart(shown) for shown in demonstrations]


def _message(value: object, about: Sequence[Example]) -> Message:
    """A message of the template's; Wrong for a role that no conversation has."""
    message = a(Message, value, "a message")
    role = text(message.role, "a message's role")
    if role not in get_args(Role):
        raise Wrong(f"a message's role is {brief(role)}, none of {', '.join(get_args(Role))}")
    return Message(cast(Role, role), _written(message.content, "a message", *about))


def _written(value: object, what: str, *about: Example) -> str:
    """The text; Wrong for one that no prompt can hold, unless the examples hold it already."""
    written = text(value, what)
    if encodable(written) or not all(encodable(example.text + example.label) for example in about):
        return written
    raise Wrong(f"{what} holds half a surrogate pair, which no prompt can")
