"""Keeps the prompts of a run as the parts that they share, so that a page has room for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amplify.contract.guard.visible import visible_lines
from amplify.run.store.stored_run import StoredMessage, StoredPrompt

BREAK = "\n\n"
"""What divides a prompt into blocks: one a demonstration, as a rule."""

MOST_LETTERS = 40_000_000
"""The most characters of prompts on a page, each shared part counted once."""

ROLE = "\x00"
"""The sign before a block that names the role of the message that begins there."""

BlockNumbers = tuple[int, int]
"""A prompt: the number of its head, and that of its last block."""

Head = tuple[tuple[str, str | None], ...]
"""The role and the content of each message, the last content without its last block (None: it has
no other)."""


@dataclass
class Blocks:
    """The blocks of all prompts by number, equal ones once, escaped as they are shown."""

    texts: list[str] = field(default_factory=list)
    letters: int = 0
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def number(self, block: str, sign: str = "") -> int:
        """The number of a block; `sign` is `ROLE` for the name of a role."""
        number = self._numbers.get((sign, block))
        if number is None:
            number = self._numbers[sign, block] = len(self.texts)
            shown = sign + visible_lines(block)
            self.texts.append(shown)
            self.letters += len(shown)
        return number


@dataclass
class PromptTexts:
    """Prompts as heads, which many items share, and the block that follows the head.

    `heads` are lists of numbers of blocks. The input of an item is what its prompts have that those
    of the same arm for other items lack; it is taken from the arm with the shortest prompts.
    """

    blocks: Blocks = field(default_factory=Blocks)
    heads: list[list[int]] = field(default_factory=list)
    _numbers: dict[tuple[int, ...], int] = field(default_factory=dict)
    _by_group: dict[tuple[str, int], dict[int, BlockNumbers]] = field(default_factory=dict)
    _last_heads: dict[tuple[str, int], tuple[Head, int]] = field(default_factory=dict)

    def add(self, prompt: StoredPrompt, place: int) -> BlockNumbers | None:
        """The parts of the prompt of the item at a `place`; None where there is no more room."""
        if self.blocks.letters > MOST_LETTERS:
            return None
        *before, last = prompt.messages or [StoredMessage("", "")]
        start, gap, end = last.content.rpartition(BREAK)
        head = (*((m.role, m.content) for m in before), (last.role, start if gap else None))
        group = prompt.arm, prompt.draw
        # As a rule all prompts of an arm have one head: then its blocks are looked up once.
        known = self._last_heads.get(group)
        if known is None or known[0] != head:
            known = self._last_heads[group] = head, self._number(head)
        parts = known[1], self.blocks.number(end)
        self._by_group.setdefault(group, {})[place] = parts
        return parts

    def _number(self, head: Head) -> int:
        """The number of a head."""
        numbers = []
        for role, content in head:
            numbers.append(self.blocks.number(role, ROLE))
            if content is not None:
                numbers += [self.blocks.number(block) for block in content.split(BREAK)]
        number = self._numbers.setdefault(tuple(numbers), len(self.heads))
        if number == len(self.heads):
            self.heads.append(numbers)
        return number

    def inputs(self) -> dict[int, str]:
        """The input of each item by its place."""
        inputs: dict[int, str] = {}
        for of_group in sorted(self._by_group.values(), key=self._mean_length):
            shared = _shared([self.heads[head] for head in {head for head, _ in of_group.values()}])
            for place, (head, last) in of_group.items():
                if place not in inputs:
                    rest = [*self.heads[head][shared:], last]
                    texts = (self.blocks.texts[number] for number in rest)
                    inputs[place] = BREAK.join(text for text in texts if text[:1] != ROLE)
        return inputs

    def _mean_length(self, of_group: dict[int, BlockNumbers]) -> float:
        return sum(len(self.heads[head]) for head, _ in of_group.values()) / len(of_group)


def _shared(heads: Sequence[Sequence[int]]) -> int:
    """How many blocks all heads begin with."""
    first, *others = heads
    shared = len(first)
    for head in others:
        shared = min(shared, len(head))
        while list(first[:shared]) != list(head[:shared]):
            shared -= 1
    return shared
