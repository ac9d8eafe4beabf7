"""Sentences of a small two-label task, for comparing libraries on real text."""

from __future__ import annotations

from amplify import Example

GOOD = """The waiter remembered us and brought warm bread before we had even sat down.
We laughed all evening, and the soup was the best that I have had in years.
A lovely little room, quiet music, and a kind host who knew every dish by heart.
Fresh fish, crisp salad, and a bill that was smaller than we had feared.
They found us a table by the window and let the children draw on the paper cloth.
The cake alone is worth the walk up the hill, and the coffee is splendid."""

BAD = """The waiter forgot our order twice and brought cold bread when we were ready to leave.
We waited all evening, and the soup was the worst that I have had in years.
A gloomy little room, loud music, and a rude host who did not know a single dish.
Stale fish, limp salad, and a bill that was larger than we had feared.
They put us at a table by the door and scolded the children for talking.
The cake is not worth the walk up the hill, and the coffee is dreadful."""

ASKED = (
    "The host was kind, but the fish was cold and we waited all evening for the bill.",
    "I don't know a quiet room with a better soup; the bread alone is worth the walk.",
    "Not a lovely evening: rude waiter, stale cake, loud children, and dreadful, dreadful coffee.",
)


def training() -> list[Example]:
    return [
        Example(f"{label}{index}", text, label)
        for label, texts in (("good", GOOD), ("bad", BAD))
        for index, text in enumerate(texts.splitlines())
    ]


def asked() -> list[Example]:
    return [Example(str(index), text, "good") for index, text in enumerate(ASKED)]
