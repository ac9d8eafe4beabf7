"""The default task: notes to a caretaker, and which of two crews takes the job.

Every text holds two of the eight words that tell its crew, among words that both crews' notes
share. None of these words, labels and sentences occurs in the training of the embedded model.
"""

from __future__ import annotations

import random
from typing import TypeVar

from amplify_mini.words import KEYS, LABELS, PEOPLE, PLACES, STATES, THINGS, TIMES, VERBS

Item = TypeVar("Item")

INSTRUCTION = f"Answer with one of: {', '.join(LABELS)}."

OPENINGS = (
    "On {time} the {person} {verb} that the {slot} in the {place} was {state}",
    "The {person} from the {place} {verb} on {time} about a {state} {slot}",
    "Since {time} the {slot} behind the {thing} in the {place} has been {state}",
    "A {person} {verb} this {time} that the {thing} by the {slot} felt {state}",
)
MIDDLES = (
    ", and the {thing} near the {place} also looked {state}",
    ", while a {person} carried the {thing} into the {place}",
    ", and someone left a {state} {thing} beside the {slot}",
    ", although the {person} had put a {thing} over the {slot}",
)
ENDINGS = (
    ", so please look at the {slot} before {time}.",
    ", and the {person} asked for help with the {slot} by {time}.",
    ", because the {slot} under the {thing} got {state} again.",
    ", so the {person} moved the {thing} away from the {slot}.",
)
EXTRAS = {"short": 0, "medium": 1, "long": 3}
WORDS = {
    "person": PEOPLE,
    "place": PLACES,
    "time": TIMES,
    "thing": THINGS,
    "verb": VERBS,
    "state": STATES,
}


def generate(count: int, seed: int, length: str = "medium") -> list[tuple[str, str]]:
    """`count` pairs of text and label, all texts different, the labels in turn.

    A text has about 15 words ("short"), 25 ("medium") or 45 ("long"). Raises ValueError for
    another length. The same seed gives the same pairs on every Python.
    """
    if length not in EXTRAS:
        raise ValueError(f"length is one of {', '.join(EXTRAS)}, not {length!r}")
    draw = random.Random(seed)
    examples: dict[str, str] = {}
    while len(examples) < count:
        label = LABELS[len(examples) % len(LABELS)]
        examples.setdefault(_text(draw, label, EXTRAS[length]), label)
    return list(examples.items())


def _text(draw: random.Random, label: str, extras: int) -> str:
    parts = [_pick(draw, OPENINGS)]
    parts += [_pick(draw, MIDDLES) for _ in range(extras)]
    parts.append(_pick(draw, ENDINGS))
    slots = "".join(parts).count("{slot}")
    telling = _sample(draw, KEYS[label], 2)
    # Slots beyond the two telling words are filled like any other thing.
    fillers = telling + [_pick(draw, THINGS) for _ in range(slots - 2)]
    order = _sample(draw, tuple(range(slots)), slots)
    text = "".join(parts)
    for place in range(slots):
        text = text.replace("{slot}", fillers[order[place]], 1)
    for slot, words in WORDS.items():
        while f"{{{slot}}}" in text:
            text = text.replace(f"{{{slot}}}", _pick(draw, words), 1)
    return text


def _pick(draw: random.Random, words: tuple[str, ...]) -> str:
    return words[int(draw.random() * len(words))]


def _sample(draw: random.Random, items: tuple[Item, ...], count: int) -> list[Item]:
    left = list(items)
    return [left.pop(int(draw.random() * len(left))) for _ in range(count)]
