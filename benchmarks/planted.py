"""Notices in natural sentences with planted words: which words tell the label is known.

Two to four nouns of a notice belong to its own trade and fewer to the other one; all others are
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
TIMES = ("Monday", "Tuesday", "Thursday", "Sunday", "last week", "two days ago", "this morning")
PLACES = ("station", "library", "corner", "market", "school", "bridge", "theatre", "car park")

OPENINGS = (
    "On {time} a {person} asked us to write this down for the notice board.",
    "This note was left at the desk by a {person} who came in on {time}.",
    "Please read this before you leave, as the {person} from the {place} is still waiting.",
)
SENTENCES = (
    "Somebody had forgotten a {slot} on the bench next to the {place}.",
    "The {person} thought that the {slot} must have been there since {time}.",
    "When the rain stopped, we found a {slot} under the stairs of the {place}.",
    "It is not clear who would carry a {slot} all the way to the {place}.",
    "A {person} offered to pay for the {slot}, but nobody knew the price.",
    "Later that day the same {person} came back and described a {slot} very well.",
    "There was also a {slot}, wrapped in paper and without a name on it.",
    "We put the {slot} on the upper shelf, where it can be seen from the door.",
    "If the {slot} is yours, say when you lost it and what it looks like.",
    "The photograph shows a {slot} between two chairs, though it is a little dark.",
    "I would never have noticed the {slot} without the help of a {person}.",
    "Until {time} the {slot} may be collected by anyone who can prove that it is theirs.",
)
CLOSINGS = (
    "Thank you for asking around, and please do not call after nine.",
    "We will keep everything until {time} and then hand it over to the {person}.",
    "Nothing else was found near the {place}, as far as we could see.",
)
WORDS = {"person": PEOPLE, "time": TIMES, "place": PLACES}


@dataclass(frozen=True)
class Planted:
    """A notice, and where in its text the nouns of its own trade stand."""

    example: Example
    places: tuple[tuple[int, int], ...]


def notices(count: int, seed: int, name: str) -> list[Planted]:
    """`count` notices of 60 to 120 words, all different, the labels in turn."""
    draw = random.Random(seed)
    made: dict[str, Planted] = {}
    while len(made) < count:
        label = LABELS[len(made) % len(LABELS)]
        notice = _notice(draw, label, f"{name}-{len(made)}")
        made.setdefault(notice.example.text, notice)
    return list(made.values())


def _notice(draw: random.Random, label: str, name: str) -> Planted:
    other = next(trade for trade in LABELS if trade != label)
    own = draw.sample(TRADES[label], draw.randint(2, 4))
    against = draw.sample(TRADES[other], draw.randint(0, min(2, len(own) - 1)))
    body = draw.sample(SENTENCES, max(4, len(own) + len(against) + 1))
    fillers = draw.sample(THINGS, len(body) - len(own) - len(against))
    nouns = [*own, *against, *fillers]
    draw.shuffle(nouns)
    filled = [s.replace("{slot}", noun) for s, noun in zip(body, nouns, strict=True)]
    text = " ".join([*filled, draw.choice(CLOSINGS)])
    if draw.random() < 0.5:
        text = " ".join([draw.choice(OPENINGS), *filled])
    text = re.sub(r"\{(\w+)\}", lambda found: draw.choice(WORDS[found[1]]), text)
    text = re.sub(r"\ba (?=[aeiou])", "an ", re.sub(r"\bA (?=[aeiou])", "An ", text))
    found = re.finditer(rf"\b(?:{'|'.join(own)})\b", text)
    return Planted(Example(name, text, label), tuple(match.span() for match in found))
