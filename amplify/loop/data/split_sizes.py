"""Turn the sizes of a split into counts of items."""

from __future__ import annotations

from typing import Literal

from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted

Size = int | float | Literal["all"]


def split_counts(sizes: dict[str, Size], items: int, name: str) -> dict[str, int]:
    """A count for each size; shares are cut at rounded bounds, so that they add up."""
    for key, size in sizes.items():
        wrong = isinstance(size, bool) or (isinstance(size, str) and size != "all")
        if not wrong and not isinstance(size, str):
            wrong = not 0 <= size <= (1 if isinstance(size, float) else float("inf"))
        if wrong:
            raise PlanError(
                f"{size!r} is no size",
                where=f"[split] {key}",
                hint='a count (30), a share from 0.0 to 1.0 of the items, or "all"',
            )
    counts: dict[str, int] = {}
    share, bound = 0.0, 0
    for key, size in sizes.items():
        if isinstance(size, float):
            share += size
            next_bound = int(items * share + 0.5 + 1e-9)
            counts[key], bound = next_bound - bound, next_bound
            if size > 0 and counts[key] == 0:
                raise PlanError(
                    f"a share of {size} of {counted(items, 'item')} is no item",
                    where=f"[split] {key}",
                )
        elif isinstance(size, int):
            counts[key] = size
    rest = max(items - sum(counts.values()), 0)
    for key, size in sizes.items():
        if size == "all":
            counts[key], rest = rest, 0
    if sum(counts.values()) > items:
        total = " + ".join(f"{counts[key]} {key}" for key in sizes)
        raise PlanError(
            f"asks for {total} = {counted(sum(counts.values()), 'item')}; {name} has {items}",
            where="[split]",
            hint="lower the sizes, or give shares that add up to 1.0 at most",
        )
    return counts
