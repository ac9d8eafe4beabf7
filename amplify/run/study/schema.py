"""The tables of a study file as declared: which keys each may hold, and what a key expects."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType, field

from amplify.run.plan.schema import PlanTables, Shots, Table, Text

PARTS = 3
"""The parts of the pool that a choice is made on, where the study names no number."""


class StudyTables(PlanTables, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sections of a study: those of a plan, and the axes of its grid."""

    study: Table | UnsetType = UNSET
    tasks: list[Table] = field(default_factory=list)
    llms: list[Table] = field(default_factory=list)
    vary: list[Table] = field(default_factory=list)
    figures: list[Table] = field(default_factory=list)


class EntryTable(PlanTables, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[tasks]]` or `[[llms]]`: what one task or one LLM changes in the plans.

    `plan` is a plan file, or the tables of a plan, that lies under the whole study; `pick` names
    the arms that are measured, `shots` is for every arm that shows any, `set` holds
    `role.key=value` texts.
    """

    called: ClassVar[str] = "an entry"

    name: Text
    plan: Annotated[str | Table | UnsetType, Meta(description="a file's name or a table")] = UNSET
    pick: list[str] | UnsetType = UNSET
    shots: Shots | UnsetType = UNSET
    set: list[str] | UnsetType = UNSET


class VaryTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[vary]]`: lists of values for keys of an arm.

    With `choose`, the variant that does best on `parts` held-out parts of the pool is measured, and
    no other.
    """

    arm: Text = "amplify"
    choose: bool = False
    parts: Annotated[int, Meta(ge=2, description="a count of at least 2")] = PARTS
    selector: Any = UNSET
    explainer: Any = UNSET
    selection_explainer: Any = UNSET
    template: Any = UNSET
    proxy: Any = UNSET
    shots: Any = UNSET
    keywords: Any = UNSET
    mask: Any = UNSET
    target: Any = UNSET
    control_of: Any = UNSET
    tests: Any = UNSET


class FigureTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[figures]]`: published accuracies on a task, in percent, by LLM and then by arm."""

    called: ClassVar[str] = "a figure"

    task: Text
    accuracy: Annotated[
        dict[str, dict[str, float]],
        Meta(description='percentages by LLM and arm: { "GPT-0" = { zero-shot = 80.5 } }'),
    ] = field(default_factory=dict)
    tag: str = ""
    note: str = ""
