"""The parts of one item's prompt as the words of a text, so that an explainer can score them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from amplify.contract.data import Example
from amplify.contract.template import Demonstration
from amplify.kit.words import readable_words, word_ranges
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.worth.prompt_worth import explaining, showing

Kind = Literal["demonstrations", "rationales", "item", "instruction"]
"""What the parts are: demonstrations, their rationales, or words of the item or the instruction."""

Shown = tuple[PreparedArm, Example]
"""The arm and the item of a prompt."""


@dataclass(frozen=True)
class PromptParts:
    """Parts of a prompt of one `kind`, a word of `text` each.

    `names` holds by the range of each word the place of its part and what a report calls it: the
    place of a demonstration and its example's id, or where a word of the item or of the
    instruction begins, and the word. `prompt_of` gives the arm and the item of the prompt that
    shows no other of these parts than those whose words a text still has.
    """

    kind: Kind
    text: Example
    names: dict[tuple[int, int], tuple[int, str]]
    prompt_of: Callable[[Example], Shown]


def prompt_parts(prepared: PreparedArm, item: Example) -> Iterator[PromptParts]:
    """The parts of the item's prompt, kind by kind; a kind of which it has none is left out.

    All parts of the other kinds stay as they are while those of one kind are taken away.
    """
    shown = prepared.demonstrations
    if shown:
        places = range(len(shown))
        yield _of_demonstrations("demonstrations", places, prepared, item)
    if explained := [place for place, each in enumerate(shown) if each.rationale]:
        yield _of_demonstrations("rationales", explained, prepared, item)
    if words := readable_words(item):
        yield PromptParts("item", item, _words(item.text, words), lambda text: (prepared, text))
    instruction = Example(f"{item.id}/instruction", prepared.instruction, item.label)
    if words := word_ranges(prepared.instruction):
        yield PromptParts(
            "instruction",
            instruction,
            _words(prepared.instruction, words),
            lambda text: (replace(prepared, instruction=text.text, requests=()), item),
        )


def _words(text: str, words: Sequence[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, str]]:
    return {place: (place[0], text[slice(*place)]) for place in words}


def _of_demonstrations(
    kind: Literal["demonstrations", "rationales"],
    places: Sequence[int],
    prepared: PreparedArm,
    item: Example,
) -> PromptParts:
    """The demonstrations at these places, or their rationales, each under a name of one word."""
    shown: Sequence[Demonstration] = prepared.demonstrations
    named = {f"part{place}": place for place in places}
    text = Example(f"{item.id}/{kind}", " ".join(named), item.label)
    names = {
        word: (place, shown[place].example.id)
        for word, place in zip(word_ranges(text.text), places, strict=True)
    }
    return PromptParts(kind, text, names, partial(_without, kind, named, prepared, item))


def _without(
    kind: Kind, named: dict[str, int], prepared: PreparedArm, item: Example, text: Example
) -> Shown:
    """The prompt with those parts alone whose names are left in the text."""
    left = (text.text[slice(*word)] for word in word_ranges(text.text))
    kept = {named[name] for name in left if name in named}
    return (showing if kind == "demonstrations" else explaining)(prepared, kept), item
