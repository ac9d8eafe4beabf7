"""Suggest the known names that a mistyped name is nearest to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 1, cutoff: float = 0.6) -> list[str]:
    """The names out of `known` that are spelled most like `name`, at most `most` of them.

    `cutoff` is how alike they must be, from 0 (not at all) to 1 (equal).
    """
    return difflib.get_close_matches(name, list(known), n=most, cutoff=cutoff)


def suggestion(names: Iterable[str]) -> str:
    """The end of an error message that suggests these names; empty where there are none."""
    text = " or ".join(map(repr, dict.fromkeys(names)))
    return f"; did you mean {text}?" if text else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error message that suggests the known name nearest to `name`, if one is."""
    return suggestion(nearest(name, known))
