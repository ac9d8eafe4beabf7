"""Find twins, texts that are the same or differ by one word, in about linear time."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.data import Example

SAME_WORDS = 5
"""Texts that differ by one word are twins where they share at least so many words: shorter texts
are alike anyway."""

MOULD, FEW = 0.05, 10
"""A group of twins that is larger than this share of the items, and than so many, has one mould:
the task tells its items apart by a word, and a twin is no copy."""

_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")


@dataclass(frozen=True, slots=True)
class Twins:
    """Items in groups of twins, by position, each in order.

    `moulds` are the items of groups so large that they have one mould; they are grouped by equal
    text alone.
    """

    groups: tuple[tuple[int, ...], ...]
    moulds: frozenset[int]


def text_key(example: Example) -> str:
    """The text by which two items are the same: NFKC, case folded, without white space.

    White space between digits counts, so that "1 2" is not "12".
    """
    text = unicodedata.normalize("NFKC", example.text).casefold()
    return "".join(_BETWEEN_DIGITS.sub("\0", text).split())


def plain_words(example: Example) -> list[str]:
    """The words by which twins are compared: NFKC, case folded, split at white space."""
    return unicodedata.normalize("NFKC", example.text).casefold().split()


def one_word_apart(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether one word is changed, missing or added, and at least `SAME_WORDS` are the same."""
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) > 1 or len(long) - 1 < SAME_WORDS:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    skip = at + (len(short) == len(long))
    return at < len(long) and list(short[skip:]) == list(long[at + 1 :])


def group_twins(examples: Sequence[Example], moulds: Collection[str] | None = None) -> Twins:
    """The items in groups of twins: a twin of an item's twin is in its group too.

    `moulds` are the ids of the items that have one mould, where these are known of a larger set
    that the examples are from.
    """
    firsts: dict[str, int] = {}
    keys = (text_key(example) for example in examples)
    equal = [(firsts.setdefault(key, index), index) for index, key in enumerate(keys)]
    near = near_pairs([plain_words(example) for example in examples])
    chained = connected_groups(len(examples), [*equal, *near])
    if moulds is None:
        most = max(FEW, MOULD * len(examples))
        large = {index for group in chained if len(group) > most for index in group}
    else:
        of_mould = {*moulds}
        large = {index for index, example in enumerate(examples) if example.id in of_mould}
    groups = [group for group in chained if group[0] not in large]
    groups += [group for group in connected_groups(len(examples), equal) if group[0] in large]
    return Twins(tuple(sorted(groups)), frozenset(large))


def near_pairs(texts: Sequence[list[str]]) -> Iterator[tuple[int, int]]:
    """Pairs of texts that are one word apart: enough of them to connect all that are.

    Texts whose hashes without one of their words are equal are candidates, and are then compared
    word by word.
    """
    import numpy as np

    if not any(texts):
        return
    hashes = Hashes(texts)
    for keys, owners in (
        (hashes.changed, hashes.owner),
        (
            np.concatenate((hashes.whole, hashes.shorter)),
            np.concatenate((np.arange(len(texts)), hashes.owner)),
        ),
    ):
        # Stable: of equal keys, whole texts stand before those that are a word longer.
        order = np.argsort(keys, kind="stable")
        keys, owners = keys[order], owners[order]
        starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        firsts = np.repeat(owners[starts], np.diff(np.concatenate((starts, [len(keys)]))))
        for hit in np.flatnonzero(firsts != owners):
            first, second = int(firsts[hit]), int(owners[hit])
            if one_word_apart(texts[first], texts[second]):
                yield first, second


class Hashes:
    """Hashes of texts without each of their words, modulo 2**64.

    A text is the polynomial of its words' random numbers in an odd base, so that its hash without
    a word follows from sums over it. `owner` tells for each word its text; `changed` is the hash
    with a gap in that word's place, `shorter` that of the text closed over it, `whole` (by text)
    the hash of all words. Lengths and places are mixed in.
    """

    def __init__(self, texts: Sequence[list[str]]) -> None:
        import numpy as np

        base = 0x9E3779B97F4A7C15
        back = np.uint64(pow(base, -1, 2**64))
        by_length, by_place = np.uint64(0xD1B54A32D192ED03), np.uint64(0x8CB92BA72F3D8DD7)
        lengths = np.array([len(text) for text in texts])
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        self.owner: Any = np.repeat(np.arange(len(texts)), lengths)
        place = np.arange(len(self.owner)) - starts[self.owner]
        powers = np.ones(int(lengths.max(initial=0)) + 1, dtype=np.uint64)
        powers[1:] = base
        powers = np.multiply.accumulate(powers)
        numbers: dict[str, int] = {}
        ids = [numbers.setdefault(word, len(numbers)) for text in texts for word in text]
        draw = np.random.default_rng(0).integers(0, 2**64, len(numbers), dtype=np.uint64)
        terms = draw[np.array(ids, dtype=int)] * powers[place]
        sums = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)))
        head, tail = sums[starts], sums[starts + lengths]
        mixed = lengths.astype(np.uint64) * by_length
        self.whole: Any = (tail - head) ^ mixed
        gap = (tail - head)[self.owner] - terms
        self.changed: Any = gap ^ (place.astype(np.uint64) * by_place + mixed[self.owner])
        left, right = sums[:-1] - head[self.owner], tail[self.owner] - sums[1:]
        self.shorter: Any = (left + right * back) ^ (mixed[self.owner] - by_length)


def connected_groups(size: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    """The numbers below `size` in groups that chains of pairs connect, in order of their firsts."""
    if all(first == second for first, second in pairs):
        return [(number,) for number in range(size)]
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    links = coo_array((np.ones(len(pairs), dtype=bool), tuple(ends)), shape=(size, size))
    groups: dict[int, list[int]] = defaultdict(list)
    for index, label in enumerate(connected_components(links, directed=False)[1].tolist()):
        groups[label].append(index)
    return [tuple(group) for group in groups.values()]
