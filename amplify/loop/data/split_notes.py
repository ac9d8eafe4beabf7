"""Note what a reader of a split should know: twins, and texts with several labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from amplify.contract.data import Example
from amplify.loop.data.twins import Twins, text_key


def twin_notes(everything: Sequence[Example], twins: Twins) -> list[str]:
    counts = Counter(map(text_key, everything))
    same = sum(count > 1 for count in counts.values())
    near = 0
    for group in twins.groups:
        texts = len({text_key(everything[index]) for index in group}) if len(group) > 1 else 1
        near += texts if texts > 1 else 0
    notes = []
    if same:
        notes.append(f"inputs that occur more than once: {same}; each stays within one split")
    if near:
        notes.append(f"inputs that one word tells from another: {near}; they stay together")
    if twins.moulds:
        notes.append(
            f"inputs of one mould, which one word tells from others as a rule: {len(twins.moulds)};"
            " they are split like any others"
        )
    return notes


def contradiction_notes(everything: Sequence[Example], places: Mapping[str, str]) -> list[str]:
    """A note on texts that stand more than once, with different labels."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in everything:
        groups[text_key(example)].append(example)
    against = [some for some in groups.values() if len({e.label for e in some}) > 1]
    if not against:
        return []
    shown = "; ".join(
        " and ".join(f"{places.get(e.id, e.id)} {e.label[:40]!r}" for e in some[:4])
        for some in against[:3]
    )
    more = f"; and {len(against) - 3} more" if len(against) > 3 else ""
    return [
        "inputs that stand more than once with different labels, so that no answer can be right"
        f" for all: {len(against)} ({shown}{more})"
    ]
