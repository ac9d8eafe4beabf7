"""Finds test items, or texts one word from them, in what a run learns from or shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from amplify.contract.data import Example, Task
from amplify.contract.errors import DataError
from amplify.contract.grammar import counted
from amplify.loop.data.twins import (
    SAME_WORDS,
    Hashes,
    one_word_apart,
    plain_words,
    text_key,
)

Policy = Literal["refuse", "note"]

STAND = ("test item stands", "test items stand")
ARE = ("test item is", "test items are")

Words = tuple[tuple[str, str], str]
"""How leaks are called: one of them and several, and where they are."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A test item, and the item elsewhere that is the same text, or one word from it (`near`)."""

    test: Example
    other: Example
    near: bool


def find_leaks(
    test: Sequence[Example], others: Sequence[Example], moulds: Collection[str] = ()
) -> list[Leak]:
    """At most one leak for each test item, in order: the same text rather than a changed one.

    Texts are the same but for white space, case and compatibility forms (NFKC); near ones have one
    word changed, missing or added. Of test items in `moulds` (ids) only the same text counts.
    """
    whole: dict[str, Example] = {}
    for other in others:
        whole.setdefault(text_key(other), other)
    near = _near([plain_words(item) for item in test], [plain_words(item) for item in others])
    leaks = []
    for index, item in enumerate(test):
        same = whole.get(text_key(item))
        if same is not None:
            leaks.append(Leak(item, same, False))
        elif index in near and item.id not in moulds:
            leaks.append(Leak(item, others[near[index]], True))
    return leaks


class LeakGuard:
    """Looks for a task's test items in what a run shows or learns from.

    Each check refuses with a DataError that names the items; under the policy "note" it returns
    notes on them instead.
    """

    def __init__(self, task: Task, policy: Policy) -> None:
        self.task = task
        self.policy = policy
        self.moulds = frozenset(task.moulds)
        self.keys = {item.id: text_key(item) for item in task.test}

    def check_train(self) -> list[str]:
        """Look for test items in the training split, which the proxy is fitted on."""
        return self._report(
            find_leaks(self.task.test, self.task.train, self.moulds),
            ((STAND, "in train too"), (ARE, "one word from an item of train")),
            "[split] train",
            "train or test on other items",
        )

    def check_shown(self, arm: str, shown: Sequence[Example]) -> list[str]:
        """Look for test items among an arm's demonstrations."""
        return self._report(
            find_leaks(self.task.test, shown, self.moulds),
            (
                (STAND, "among its demonstrations"),
                (ARE, "one word from one of its demonstrations"),
            ),
            f"arm {arm!r}",
            "show other demonstrations, or test on other items",
        )

    def check_text(self, arm: str, text: str) -> list[str]:
        """Look for the whole text of test items in what an arm says besides its examples."""
        key = text_key(Example("", text, ""))
        quoted = [
            Leak(item, item, False)
            for item in self.task.test
            if len(item.text.split()) > SAME_WORDS and self.keys[item.id] in key
        ]
        return self._report(
            quoted,
            ((ARE, "quoted in its instruction, its template or its rationales"), (ARE, "")),
            f"arm {arm!r}",
            "take them out, or test on other items",
        )

    def _report(
        self, leaks: Sequence[Leak], words: tuple[Words, Words], where: str, hint: str
    ) -> list[str]:
        if not leaks:
            return []
        message = leak_words(leaks, words)
        if self.policy == "note":
            return [f"{where}: {message}"]
        raise DataError(
            message, where=where, hint=f'{hint}; [guards] leaks = "note" goes on all the same'
        )


def leak_words(leaks: Sequence[Leak], words: tuple[Words, Words]) -> str:
    """How many leaks there are, by the words that say where same and near ones are, and the first
    five by name."""
    near = sum(leak.near for leak in leaks)
    counts = zip((len(leaks) - near, near), words, strict=True)
    parts = [f"{counted(count, *verb)} {place}" for count, (verb, place) in counts if count]
    named = [
        leak.test.id + ("" if leak.other.id == leak.test.id else f" as {leak.other.id}")
        for leak in leaks[:5]
    ]
    more = f" and {len(leaks) - 5} more" if len(leaks) > 5 else ""
    return f"{'; '.join(parts)}: {', '.join(named)}{more}"


def _near(test: Sequence[list[str]], others: Sequence[list[str]]) -> dict[int, int]:
    """For each test text that is one word from others, the first of them."""
    import numpy as np

    if not any(test) or not any(others):
        return {}
    hashes = Hashes([*test, *others])
    size = len(test)
    mine, theirs = hashes.owner < size, hashes.owner >= size
    first, last = np.arange(size), np.arange(size, size + len(others))
    pairs: dict[int, int] = {}
    for keys, owners, their_keys, their_owners in (
        (hashes.changed[mine], hashes.owner[mine], hashes.changed[theirs], hashes.owner[theirs]),
        (hashes.shorter[mine], hashes.owner[mine], hashes.whole[last], last),
        (hashes.whole[first], first, hashes.shorter[theirs], hashes.owner[theirs]),
    ):
        order = np.lexsort((their_owners, their_keys))
        their_keys, their_owners = their_keys[order], their_owners[order]
        places = np.minimum(np.searchsorted(their_keys, keys), len(their_keys) - 1)
        for hit in np.flatnonzero(their_keys[places] == keys):
            index, other = int(owners[hit]), int(their_owners[places[hit]]) - size
            known = pairs.get(index)
            if (known is None or other < known) and one_word_apart(test[index], others[other]):
                pairs[index] = other
    return pairs
