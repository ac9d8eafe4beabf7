"""Lays an arm's prompts out as conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from amplify.contract.calls import Message, Prompt
from amplify.contract.data import Example
from amplify.contract.template import Demonstration, Template
from amplify.loop.checked.template import CheckedTemplate


def conversations(
    template: Template,
    instruction: str,
    shared: Sequence[Demonstration],
    chosen_for: Callable[[Example], Sequence[Demonstration]],
    items: Sequence[Example],
) -> list[Prompt]:
    """For each item the instruction, demonstrations in turns of user and assistant, and the item.

    A template with an `opening` lays them out itself.

    `shared` are the demonstrations of all items, `chosen_for` gives those of one item alone. An
    instruction that is no system message opens the user's first turn: the item itself, where no
    demonstration comes before it.
    """
    template = CheckedTemplate.of(template)
    if template.opens:
        block = Prompt.chat(template.opening(instruction, shared), ())
        return [block.followed(_after(template, chosen_for(item), item)) for item in items]
    before = turns(template, shared)
    opens = instruction if not template.system and not before else ""
    if instruction and template.system:
        before.insert(0, Message("system", instruction))
    elif instruction and before:
        before[0] = _opened(instruction, before[0])
    block = Prompt.chat(before, ())
    prompts = []
    for item in items:
        after = [*turns(template, chosen_for(item)), Message("user", template.item_part(item))]
        if opens:
            after[0] = _opened(opens, after[0])
        prompts.append(block.followed(after))
    return prompts


def turns(template: Template, demonstrations: Iterable[Demonstration]) -> list[Message]:
    """Each demonstration as a question of the user and the assistant's reply."""
    return [
        message
        for demonstration in demonstrations
        for message in (
            Message("user", template.item_part(demonstration.example)),
            Message("assistant", template.reply(demonstration).strip()),
        )
    ]


def _after(template: Template, chosen: Sequence[Demonstration], item: Example) -> list[Message]:
    """The messages of an item's own in a conversation that the template lays out itself.

    `chosen` are the demonstrations of this item alone.
    """
    own = template.opening("", chosen) if chosen else ()
    return [*own, Message("user", template.last_turn(item))]


def _opened(instruction: str, message: Message) -> Message:
    return Message(message.role, f"{instruction}\n\n{message.content}")
