"""Counts the key words that cannot tell labels apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from amplify.contract.template import Demonstration
from amplify.kit.words import word_form
from amplify.loop.explain.keywords import STOP_WORDS
from amplify.loop.prompt.arm import PreparedArm


@dataclass(frozen=True)
class EmptyWords:
    """How many key words an arm shows, and how many of them tell no label apart.

    These are words of the task's `scaffold`, and other `function` words.
    """

    words: int
    scaffold: int
    function: int


def empty_words(arms: Iterable[PreparedArm], scaffolding: Collection[str]) -> dict[str, EmptyWords]:
    """How many key words cannot tell labels apart, by name, of arms that show any."""
    by_arm = {arm.name: count_empty(arm.demonstrations, scaffolding) for arm in arms}
    return {name: counts for name, counts in by_arm.items() if counts is not None}


def count_empty(
    demonstrations: Iterable[Demonstration], scaffolding: Collection[str]
) -> EmptyWords | None:
    """How many key words cannot tell labels apart; None where there are no key words."""
    words = [word_form(word.text) for shown in demonstrations for word in shown.words]
    framed = sum(word in scaffolding for word in words)
    function = sum(word in STOP_WORDS and word not in scaffolding for word in words)
    return EmptyWords(len(words), framed, function) if words else None
