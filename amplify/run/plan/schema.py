"""The tables of a plan file as declared: which keys each may hold, and what a key expects."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from amplify.contract.calls import AnswerMode
from amplify.loop.explain.keywords import Mask
from amplify.loop.prompt.arm import Calibration, RepeatsBy, Unread

Text = Annotated[str, Meta(min_length=1, description="a text that is not empty")]
Table = dict[str, Any]
Component = Annotated[
    str | Table, Meta(description="a component's name, or a table of `use` and its options")
]

Shots = Annotated[Annotated[int, Meta(ge=0)] | Literal["max"], Meta(description='a count or "max"')]


MOST_REPEATS = 1000


class PlanTables(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sections of a plan, none of them looked into."""

    task: Component | UnsetType = UNSET
    llm: Component | UnsetType = UNSET
    proxy: Component | UnsetType = UNSET
    executor: Component | UnsetType = UNSET
    arms: list[Table] | UnsetType = UNSET
    run: Table | UnsetType = UNSET
    split: Table | UnsetType = UNSET
    survey: Table | UnsetType = UNSET
    verdict: Table | UnsetType = UNSET
    worth: Table | UnsetType = UNSET
    guards: Table | UnsetType = UNSET
    calls: Table | UnsetType = UNSET
    tune: Table | UnsetType = UNSET


SECTIONS = tuple(PlanTables.__struct_fields__)
COMPONENTS = ("task", "llm", "proxy", "executor")
"""The sections that name a component; `arms` is a list, and all the others are tables of keys."""
TABLES = tuple(key for key in SECTIONS if key not in (*COMPONENTS, "arms"))


class ArmHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an arm is called, and the arm that it is `like`."""

    called: ClassVar[str] = "an arm"

    name: Text
    like: Text | None = None


class ArmTable(ArmHead, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[arms]]` as declared; `plan.ArmPlan` says what the keys mean."""

    selector: Component | None = None
    explainer: Component | None = None
    selection_explainer: Component | None = None
    template: Component | None = None
    proxy: Component | None = None
    instruction: Text | None = None
    shots: Shots | None = None
    keywords: Annotated[int, Meta(ge=1, description="a count of at least 1")] = 5
    mask: Annotated[
        tuple[Mask, ...], Meta(description=f"a list of names out of {', '.join(get_args(Mask))}")
    ] = ("scaffold", "options")
    target: Literal["truth", "foil"] = "truth"
    draws: Annotated[int, Meta(ge=1, description="a count of at least 1")] | None = None
    answer: AnswerMode | None = None
    calibrate: Calibration | None = None
    abstain: Annotated[float, Meta(ge=0, le=1, description="a probability, 0 to 1")] | None = None
    unread: Unread | None = None
    repeats: (
        Annotated[int, Meta(ge=1, le=MOST_REPEATS, description=f"a count, 1 to {MOST_REPEATS}")]
        | None
    ) = None
    repeats_by: RepeatsBy | None = None
    control_of: str | None = None
    tests: Annotated[
        str,
        Meta(
            pattern=r"\S",
            description='a plural phrase that says what the control lacks ("the key words")',
        ),
    ] = "its rationales"


class SpaceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[tune.space]`: lists of values for keys of contenders, of the arms that `arm` names (none:
    of every arm which has a use for the key)."""

    arm: Annotated[Text | list[Text], Meta(description="an arm's name, or a list of names")] = ""
    selector: Any = UNSET
    explainer: Any = UNSET
    template: Any = UNSET
    proxy: Any = UNSET
    instruction: Any = UNSET
    shots: Any = UNSET
    keywords: Any = UNSET
    mask: Any = UNSET
    draws: Any = UNSET
    answer: Any = UNSET
    calibrate: Any = UNSET
    abstain: Any = UNSET
    unread: Any = UNSET
    repeats: Any = UNSET
    repeats_by: Any = UNSET


ARM_ROLES = ("selector", "explainer", "selection_explainer", "template", "proxy")


def given(tables: Struct) -> dict[str, Any]:
    """The keys of the tables that are set, with their values."""
    return {
        key: value for key, value in msgspec.structs.asdict(tables).items() if value is not UNSET
    }
