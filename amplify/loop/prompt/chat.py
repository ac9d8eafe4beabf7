"""Lays an arm's prompts out as conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from amplify.contract.calls import Message, Prompt
from amplify.contract.data import Example
from amplify.contract.template import Demonstration, ProxyView, Template
from amplify.loop.checked.template import CheckedTemplate


def conversations(
    template: Template,
    instruction: str,
    shared: Sequence[Demonstration],
    chosen_for: Callable[[Example], Sequence[Demonstration]],
    items: Sequence[Example],
    views: Mapping[str, ProxyView],
) -> list[Prompt]:
    """For each item the instruction, demonstrations in turns of user and assistant, and the item.

    A template with an `opening` lays them out itself.

    `shared` are the demonstrations of all items, `chosen_for` gives those of one item alone. An
    instruction that is no system message opens the user's first turn: the item itself, where no
    demonstration comes before it. `views` holds the proxy's views that the template shows, by the
    item's id.
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
        part = item_part(template, item, views.get(item.id))
        after = [*turns(template, chosen_for(item)), Message("user", part)]
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
            Message("user", item_part(template, demonstration.example, demonstration.view)),
            Message("assistant", template.reply(demonstration).strip()),
        )
    ]


def _after(template: Template, chosen: Sequence[Demonstration], item: Example) -> list[Message]:
    """The messages of an item's own in a conversation that the template lays out itself.

    `chosen` are the demonstrations of this item alone.
    """
    own = template.opening(None, chosen) if chosen else ()
    return [*own, Message("user", template.last_turn(item))]


def item_part(template: Template, example: Example, view: ProxyView | None) -> str:
    """The text of an example in a prompt, with the proxy's `view` of it where there is one."""
    return template.item_part(example) if view is None else template.viewed_item_part(example, view)


def _opened(instruction: str, message: Message) -> Message:
    return Message(message.role, f"{instruction}\n\n{message.content}")
