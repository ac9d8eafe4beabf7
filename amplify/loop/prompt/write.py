"""Writes an arm: its demonstrations with their rationales, and its prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from amplify.contract.explainer import Explanation
from amplify.contract.grammar import counted
from amplify.contract.selector import Selection
from amplify.contract.template import ProxyView
from amplify.loop.explain.explain import demonstrate, word_notes
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render, with_requests
from amplify.loop.setup import Setup


def write_arm(
    setup: Setup,
    arm: Arm,
    selection: Selection,
    chosen: Mapping[str, tuple[int, ...]],
    explanations: Sequence[Explanation] | None,
    views: Mapping[str, ProxyView],
) -> PreparedArm:
    """The arm with the demonstrations of its selected shots, and its requests over the test items.

    With shots "max", the demonstrations are those that fit the model.

    `chosen` holds which of the shots were selected for each test item, and is empty where all are
    for all; `explanations` has one for each shot. `views` holds the proxy's views that its template
    shows, by the id of the example.
    """
    prepared = write_demonstrations(setup, arm, selection, chosen, explanations, views)
    task = setup.task
    if arm.shots != "max":
        return with_requests(arm, prepared, task)
    # The prompts of a survey have to fit too; what is chosen for test items is shown to them alone.
    items = task.test if chosen else (*task.test, *task.pool)
    while True:
        requests = render(arm, prepared, items, task.labels)
        most = max(map(len, prepared.chosen.values()), default=0)
        if setup.room.fits(requests) or not (most if chosen else selection.shots):
            return replace(prepared, requests=tuple(requests[: len(task.test)]))
        if chosen:
            prepared = prepared.cut(most - 1)
        else:
            selection = replace(selection, shots=selection.shots[:-1])
            prepared = write_demonstrations(setup, arm, selection, chosen, explanations, views)


def write_demonstrations(
    setup: Setup,
    arm: Arm,
    selection: Selection,
    chosen: Mapping[str, tuple[int, ...]],
    explanations: Sequence[Explanation] | None,
    views: Mapping[str, ProxyView],
) -> PreparedArm:
    """The arm with a demonstration for each shot, whether they fit or not, and no requests.

    The parameters are those of `write_arm`.
    """
    shots = selection.shots
    explained = None if explanations is None else explanations[: len(shots)]
    demonstrations = (
        demonstrate(shots, explained, arm.template, arm.keywords, arm.mask, setup.scaffold, views)
        if shots
        else []
    )
    notes = [*selection.notes, *word_notes(demonstrations, explained or (), arm.keywords)]
    instruction = selection.instruction
    count = min(map(len, chosen.values()), default=len(shots))
    if arm.shots != "max" and count < arm.shots and instruction is None and not selection.notes:
        notes.append(f"{count} of {counted(arm.shots, 'shot')} were found")
    return PreparedArm(
        arm.name,
        first_known(arm.instruction, instruction, setup.task.instruction),
        tuple(demonstrations),
        tuple(notes),
        chosen,
        draw=arm.draw,
        views=views,
    )


def first_known(*instructions: str | None) -> str:
    """The first instruction that is not None."""
    return next((text for text in instructions if text is not None), "")
