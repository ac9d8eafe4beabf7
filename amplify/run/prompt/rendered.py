"""Finds the layout of an arm's prompts, and compares it with the prompts that a run has written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from amplify.contract.calls import Prompt
from amplify.contract.data import Example, Task
from amplify.contract.errors import DataError, PlanError
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import prompts
from amplify.loop.prompt.repeats import reordered, times_asked
from amplify.run.prompt.layout import Layout
from amplify.run.store.read_back import reading, stored_lines

INPUT = "input"
"""The id of the example that stands for any input."""


def layouts_of(arm: Arm, prepared: PreparedArm, seed: int) -> tuple[Layout, ...]:
    """The layout of the arm's prompts, for each repeat where these differ in order.

    `seed` is that of the run. Raises PlanError where the prompts are not one text around the input.
    """
    drafts = [prepared]
    if arm.repeats > 1 and arm.repeats_by == "order":
        times = times_asked(arm, prepared)
        drafts += [reordered(prepared, times, repeat, seed) for repeat in range(1, times)]
    return tuple(layout_of(arm, draft) for draft in drafts)


def layout_of(arm: Arm, prepared: PreparedArm) -> Layout:
    """The layout of the arm's prompts as prepared; PlanError where they have no slot for the
    input."""
    mark = mark_beside(prepared)
    layout = Layout.around(_rendered(arm, prepared, mark), mark)
    again = Layout.around(_rendered(arm, prepared, f"{mark} {mark}"), f"{mark} {mark}")
    if layout != again or not layout.has_slot:
        raise PlanError(
            "its template does not put the input into the prompt as it stands, so that the prompt"
            " has no slot for it",
            where=f"arm {arm.plan_name!r}",
            hint="name another arm with --arm",
        )
    return layout


def mark_beside(prepared: PreparedArm) -> str:
    """A text that stands nowhere in the prompts."""
    shown = prepared.demonstrations
    texts = [prepared.instruction]
    texts += [f"{d.example.text} {d.example.label} {d.rationale}" for d in shown]
    mark = "INPUT"
    while any(mark in text for text in texts):
        mark += "-INPUT"
    return mark


def _rendered(arm: Arm, prepared: PreparedArm, text: str) -> Prompt:
    return prompts(arm, prepared, [Example(INPUT, text, "")])[0]


def compare_layouts(
    folder: Path, prepared: PreparedArm, layout_for: Callable[[str], Layout], task: Task
) -> None:
    """Compare the layouts with every prompt of the arm that the run in the folder has written.

    `layout_for` gives the layout of an item by its id. Raises DataError at the first difference.
    """
    texts = {example.id: example.text for example in (*task.train, *task.pool, *task.test)}
    path, seen = folder / "prompts.jsonl", 0
    with reading(path, "the run's prompts cannot be read", "finish the run anew with --resume"):
        for _, line in stored_lines(path):
            row = json.loads(line)
            if (row["arm"], row["draw"]) != (prepared.plan_name, prepared.draw):
                continue
            seen += 1
            item: str = row["item"]
            if item not in texts:
                raise _other_data(folder, f"it holds no item {item!r}")
            if _messages(layout_for(item), texts[item]) != row["messages"]:
                raise _other_data(folder, f"the prompt of item {item!r} is another one")
    if not seen:
        raise DataError(f"there is no prompt of {prepared.name}", where=str(path))


def _messages(layout: Layout, text: str) -> Sequence[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in layout.prompt(text).messages]


def _other_data(folder: Path, why: str) -> DataError:
    return DataError(
        f"the data or the template is not what the run asked with: {why}",
        where=str(folder),
        hint="bring back what the run was made with, or run the plan anew",
    )
