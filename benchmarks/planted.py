"""Notices in natural sentences with planted words: which words tell the label is known.

Two or three nouns of a notice belong to its own trade and at most one to the other; all others are
things of either. So the label is what most of the planted words say, and a method that cannot tell
words for the label from words against it is caught.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from amplify import Example

LABELS = ("harbour", "bakery")

TRADES = {
    "harbour": (
        "anchor", "rudder", "buoy", "mast", "oar", "compass", "lifejacket", "dinghy", "lantern",
        "porthole", "fishnet", "paddle",
    ),
    "bakery": (
        "oven", "whisk", "dough", "yeast", "apron", "loaf", "flour", "spatula", "pastry", "crust",
        "cinnamon", "ladle",
    ),
}  # fmt: skip

THINGS = (
    "parcel", "umbrella", "ticket", "bicycle", "newspaper", "suitcase", "pillow", "notebook",
    "guitar", "calendar", "blanket", "camera", "scarf", "statue", "wallet", "magazine", "clock",
    "mirror", "postcard", "carpet", "helmet", "basket",
)  # fmt: skip
PEOPLE = ("neighbour", "student", "mechanic", "tourist", "nurse", "lawyer", "painter", "guard")
TIMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACES = ("station", "library", "corner", "market", "school", "bridge", "theatre", "car park")

OPENINGS = (
    "On {time} a {person} asked us to put up this note.",
    "A {person} who came in on {time} left this note.",
    "Please read this first, as the {person} is still waiting.",
)
SENTENCES = (
    "Somebody forgot a {slot} on the bench next to the {place}.",
    "The {person} thought the {slot} had been there since {time}.",
    "After the rain we found a {slot} under the stairs.",
    "Nobody knows who would carry a {slot} to the {place}.",
    "A {person} offered to pay for the {slot}.",
    "Later the same {person} described a {slot} very well.",
    "There was also a {slot} without a name on it.",
    "We put the {slot} where it can be seen from the door.",
    "If the {slot} is yours, say when you lost it.",
    "The photograph shows a {slot} between two chairs.",
    "I only noticed the {slot} with the help of a {person}.",
    "Until {time} the {slot} may be collected by its owner.",
)
CLOSINGS = (
    "Thank you for asking, and please do not call after nine.",
    "We will keep everything until {time}.",
    "Nothing else was found near the {place}.",
)
WORDS = {"person": PEOPLE, "time": TIMES, "place": PLACES}


@dataclass(frozen=True)
class Planted:
    """A notice, and where in its text the nouns of its own trade stand."""

    example: Example
    places: tuple[tuple[int, int], ...]


def notices(count: int, seed: int, name: str) -> list[Planted]:
    """`count` notices of 25 to 70 words, all different, the labels in turn."""
    draw = random.Random(seed)
    made: dict[str, Planted] = {}
    while len(made) < count:
        label = LABELS[len(made) % len(LABELS)]
        notice = _notice(draw, label, f"{name}-{len(made)}")
        made.setdefault(notice.example.text, notice)
    return list(made.values())


def _notice(draw: random.Random, label: str, name: str) -> Planted:
    other = next(trade for trade in LABELS if trade != label)
    own = draw.sample(TRADES[label], draw.randint(2, 3))
    against = draw.sample(TRADES[other], draw.randint(0, 1))
    body = draw.sample(SENTENCES, len(own) + len(against) + 1)
    fillers = draw.sample(THINGS, len(body) - len(own) - len(against))
    nouns = [*own, *against, *fillers]
    draw.shuffle(nouns)
    filled = [s.replace("{slot}", noun) for s, noun in zip(body, nouns, strict=True)]
    first, last = draw.choice([(OPENINGS, ("",)), (("",), CLOSINGS), (("",), ("",))])
    text = " ".join([draw.choice(first), *filled, draw.choice(last)]).strip()
    text = re.sub(r"\{(\w+)\}", lambda found: draw.choice(WORDS[found[1]]), text)
    text = re.sub(r"\ba (?=[aeiou])", "an ", re.sub(r"\bA (?=[aeiou])", "An ", text))
    found = re.finditer(rf"\b(?:{'|'.join(own)})\b", text)
    return Planted(Example(name, text, label), tuple(match.span() for match in found))
