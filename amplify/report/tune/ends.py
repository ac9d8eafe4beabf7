"""Tells how the contenders of a race ended: who stayed longest, and why the others are out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from amplify.report.tune.words import exit_cell


def race_ends(race: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The contenders of a record's `race` in the order of its end, each with how it ended.

    Those who stayed longest come first, and of these the best.
    """
    exits = {leaving["name"]: leaving for leaving in race["exits"]}
    for contender in sorted(race["contenders"], key=lambda c: _place(c, exits)):
        yield contender, _end(contender, exits, race)


def _place(contender: Mapping[str, Any], exits: Mapping[str, Any]) -> tuple[float, float]:
    out = exits.get(contender["name"])
    items = contender["items"] or 1
    stayed = -float("inf") if out is None else -float(out["round"])
    return stayed, -contender["right"] / items


def _end(contender: Mapping[str, Any], exits: Mapping[str, Any], race: Mapping[str, Any]) -> str:
    """That it won, or when and why it went out; empty where it did neither."""
    if not contender["items"]:
        return "not asked"
    out = exits.get(contender["name"])
    if out is not None:
        return f"round {out['round']}, {exit_cell(out['reason'], out['items'], race['items'])}"
    return "winner" if contender["name"] == race["winner"] else ""
