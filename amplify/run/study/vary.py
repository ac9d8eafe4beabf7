"""Make a variant of an arm for each combination of the values that `[[vary]]` lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amplify.run.plan.axes import Changes, combinations
from amplify.run.plan.typed import section, typed
from amplify.run.study.schema import VaryTable


@dataclass(frozen=True)
class Vary:
    """A `[[vary]]` table that was read: the changes that make each variant of `arm`, by its name.

    With `choose`, one variant is to be chosen on so many `parts` of the pool.
    """

    arm: str
    choose: bool
    parts: int
    variants: Mapping[str, Changes]

    @property
    def where(self) -> str:
        """Its place in the study's file."""
        return f"{section('vary', many=True)} {self.arm}"


def read_vary(table: Mapping[str, Any]) -> Vary:
    """The variants that a `[[vary]]` table asks for: lists of values by key, see `combinations`."""
    arm = table.get("arm", "amplify")
    where = f"{section('vary', many=True)} {arm if isinstance(arm, str) else ''}".strip()
    head = typed(VaryTable, table, where)
    varied = {key: table[key] for key in table if key not in ("arm", "choose", "parts")}
    return Vary(head.arm, head.choose, head.parts, combinations(head.arm, varied, where))
