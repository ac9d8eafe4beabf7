"""Chooses the best draw of an arm by what the LLM answers to pool items that no draw shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Example, Prediction, Task
from amplify.contract.grammar import counted
from amplify.kit.seeded_order import seeded_key
from amplify.loop.answer.answer import predictions
from amplify.loop.answer.prior import Priors
from amplify.loop.audit.leakage import find_leaks
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.setup import Room


@dataclass(frozen=True)
class DrawChoice:
    """What the LLM is asked so that the best draw of some arms can be chosen.

    `draws` holds these arms' draws, by the name that the plan gives the arm. Each of the draws asks
    the `items`, which are pool items: `requests` has those of all draws of an arm, one draw after
    the other. `notes` say of which arms no draw is chosen, and why.
    """

    items: tuple[Example, ...] = ()
    draws: Mapping[str, tuple[Arm, ...]] = field(default_factory=dict)
    requests: Mapping[str, tuple[Request, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def read(
        self,
        name: str,
        outcomes: Sequence[Completion | Failure],
        task: Task,
        parser: str,
        priors: Priors | None = None,
    ) -> dict[int, list[Prediction]]:
        """What the outcomes of the arm's requests say, by draw.

        `priors` are those of draws that calibrate, by the draw's name.
        """
        priors = priors or {}
        size = len(self.items)
        return {
            arm.draw: predictions(
                arm,
                self.items,
                outcomes[start : start + size],
                task.labels,
                parser,
                priors.get(arm.name),
            )
            for start, arm in zip(range(0, len(outcomes), size), self.draws[name], strict=True)
        }


def choice_requests(
    names: Collection[str | None],
    arms: Sequence[Arm],
    prepared: Sequence[PreparedArm],
    task: Task,
    room: Room,
    count: int,
    seed: int,
) -> DrawChoice:
    """What the LLM is asked to choose the best draw of each arm of these `names`.

    Arms that are drawn once have nothing to choose. At most `count` pool items are asked, in the
    order of the `seed`: none that one of the draws shows, no twin of such a one, and none whose
    prompt the model has no room for. `arms` and `prepared` are those of the run, in the same order.
    """
    drawn = [
        (arm, shown)
        for arm, shown in zip(arms, prepared, strict=True)
        if arm.plan_name in names and arm.draw
    ]
    notes = [
        f"arm {name}: {_NOT_CHOSEN}, as its selector chooses for each test item"
        for name in dict.fromkeys(arm.plan_name for arm, _ in drawn if arm.per_item)
    ]
    drawn = [(arm, shown) for arm, shown in drawn if not arm.per_item]
    if not count or not drawn:
        return DrawChoice(notes=tuple(notes if count else ()))
    items = choice_items(drawn, task, room, count, seed)
    plan_names = dict.fromkeys(arm.plan_name for arm, _ in drawn)
    if not items:
        notes += [
            f"arm {name}: {_NOT_CHOSEN}, as no pool item is left that no draw shows; see [split]"
            " pool"
            for name in plan_names
        ]
        return DrawChoice(notes=tuple(notes))
    by_name = {name: [pair for pair in drawn if pair[0].plan_name == name] for name in plan_names}
    return DrawChoice(
        tuple(items),
        {name: tuple(arm for arm, _ in pairs) for name, pairs in by_name.items()},
        {
            name: tuple(
                request
                for arm, shown in pairs
                for request in render(arm, shown, items, task.labels)
            )
            for name, pairs in by_name.items()
        },
        tuple(notes),
    )


def choice_items(
    drawn: Sequence[tuple[Arm, PreparedArm]],
    task: Task,
    room: Room,
    count: int,
    seed: int,
    first: Collection[Example] = (),
) -> list[Example]:
    """At most `count` pool items that are no demonstration of these draws, nor a twin of one.

    They come in the order of the `seed`, those ahead that are among the `first`.
    """
    shown = [d.example for _, prepared in drawn for d in prepared.demonstrations]
    known = {leak.test.id for leak in find_leaks(task.pool, shown, task.moulds)}
    unseen = [example for example in task.pool if example.id not in known]
    ahead = {example.id for example in first}
    unseen.sort(
        key=lambda example: (
            example.id not in ahead,
            seeded_key(seed, f"choose a draw/{example.id}"),
        )
    )

    def fits(items: Sequence[Example]) -> bool:
        return all(room.fits(render(arm, prepared, items, task.labels)) for arm, prepared in drawn)

    if fits(unseen[:count]):
        return unseen[:count]
    return [example for example in unseen if fits([example])][:count]


def unanswered_note(name: str, answers: Sequence[Prediction]) -> str | None:
    """Why no draw of the arm is chosen where its choice items are not all answered; else None."""
    statuses = [answer.status for answer in answers]
    if failed := statuses.count("failed"):
        count = f"{failed:,} of {counted(len(statuses), 'call')} on pool items failed"
    elif prepared := statuses.count("prepared"):
        count = (
            f"{prepared:,} of {counted(len(statuses), 'prompt')} on pool items were not answered"
        )
    else:
        return None
    return f"arm {name}: {_NOT_CHOSEN}, as {count}"


_NOT_CHOSEN = "no draw is chosen as its best"
