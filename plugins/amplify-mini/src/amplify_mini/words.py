"""Words that the embedded model never meets in training.

Two rules keep a word out: it belongs to the default task (the lists below), or its checksum says so
(a fifth of all content words; the held-out evaluation draws from these).
"""

from __future__ import annotations

import zlib

LABELS: tuple[str, ...] = ("heron", "maple")
"""The two crews of the default task, in their fixed order."""

KEYS: dict[str, tuple[str, ...]] = {
    "heron": ("pipe", "leak", "valve", "pump", "drain", "boiler", "hose", "toilet"),
    "maple": ("wire", "fuse", "socket", "lamp", "cable", "battery", "bulb", "voltage"),
}
"""The words that decide the label, by label."""

PEOPLE: tuple[str, ...] = tuple(
    "tenant guard nurse clerk teacher porter librarian manager cleaner visitor gardener".split()
)
PLACES: tuple[str, ...] = tuple(
    (
        "basement corridor kitchen lobby attic balcony garage library chapel ward courtyard cellar"
    ).split()
)
TIMES: tuple[str, ...] = tuple(
    "monday tuesday wednesday thursday friday saturday sunday morning evening afternoon".split()
)
THINGS: tuple[str, ...] = tuple(
    "ladder bucket window carpet chair curtain poster shelf mirror bench basket brick".split()
)
VERBS: tuple[str, ...] = tuple("called reported asked noticed wrote mentioned complained".split())
STATES: tuple[str, ...] = tuple("broken dirty loose strange heavy noisy faulty worse".split())

RULE = 5


def task_words() -> frozenset[str]:
    """Give every content word of the default task, labels included."""
    keys = {word for words in KEYS.values() for word in words}
    return frozenset(keys.union(LABELS, PEOPLE, PLACES, TIMES, THINGS, VERBS, STATES))


def is_held_out(word: str) -> bool:
    """Say whether training must never show this content word."""
    return zlib.crc32(word.encode()) % RULE == 0 or word in _TASK_WORDS


_TASK_WORDS = task_words()
