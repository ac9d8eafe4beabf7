"""Notes on arms that are treated otherwise than the focus, so that a comparison is one of that."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from amplify.loop.prompt.arm import Arm
from amplify.run.plan.plan import ArmPlan


def unequal_notes(focus: str, arms: Sequence[Arm]) -> list[str]:
    """A note on each way in which arms are treated otherwise than the focus.

    `focus` is its name in the plan, and `arms` are those of the plan as they were built, draws
    included.
    """
    by_name = {arm.plan_name: arm for arm in arms}
    uses = {name: _uses(arm) for name, arm in by_name.items()}
    own = uses[focus]
    notes = []
    for place, (_, words) in enumerate(own):
        others = [name for name, use in uses.items() if use[place][0] != own[place][0]]
        if others:
            notes.append(
                f"{focus} {words} otherwise than {', '.join(others)}: a comparison with"
                f" {'these' if len(others) > 1 else 'it'} is one of that too"
            )
    return notes


def _uses(arm: Arm) -> list[tuple[Hashable, str]]:
    """How an arm is treated, in values that are compared, and in words."""
    votes = (arm.repeats, arm.repeats_by) if arm.repeats > 1 else (1, "")
    replies = f"takes a vote of {arm.repeats} replies," if arm.repeats > 1 else "takes one reply,"
    again = "asks unread replies again," if arm.unread == "ask" else "counts unread replies,"
    shows = (
        "shows no view of the proxy," if arm.views == "none" else "shows the proxy's view of items,"
    )
    return [
        (arm.views, shows),
        ((arm.calibrate, arm.abstain), "calibrates or abstains"),
        (votes, replies),
        (arm.unread, again),
    ]


def layout_notes(arms: Sequence[ArmPlan]) -> list[str]:
    """What to know where arms are laid out differently, as the option `layout` has it."""
    chats = [arm.name for arm in arms if arm.template.options.get("layout") == "chat"]
    if len(chats) in (0, len(arms)):
        return []
    return [
        f"chat layout in {', '.join(chats)} alone: a comparison with another arm is one of layouts"
        " too"
    ]
