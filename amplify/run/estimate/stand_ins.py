"""Stand-ins for demonstrations that only a run can choose, explain and write."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from amplify.contract.data import Example, Task
from amplify.contract.selector import Selection, Shot
from amplify.contract.template import Demonstration, KeyWord
from amplify.kit.words import word_ranges
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.select.select_shots import MOST_SHOTS, select_shots
from amplify.loop.survey.candidates import candidates

ByItem = Mapping[str, tuple[int, ...]]
"""For each test item, by its id, the places of its demonstrations among the selected ones."""


def select_stand_ins(arm: Arm, task: Task, seed: int) -> tuple[Selection, ByItem]:
    """The arm's demonstrations, and which of them are for which item.

    Where only the run can choose them, as they depend on the proxy or on the LLM's errors, they are
    pool items that are drawn at random by the `seed`.
    """
    if arm.selector is None:
        return Selection(()), {}
    if arm.needs_proxy or arm.needs_errors:
        pool = list(task.pool)
        random.Random(seed).shuffle(pool)
        count = MOST_SHOTS if arm.shots == "max" else arm.shots
        return Selection(tuple(Shot(example) for example in pool[:count])), {}
    return select_shots(arm, candidates(task.pool, None, {}, {}, "none"), task)


def prepare_stand_ins(
    arm: Arm, task: Task, selection: Selection, by_item: ByItem, rationales: Sequence[str]
) -> PreparedArm:
    """The arm prepared with the first words of each demonstration as its key words.

    `rationales` stand in for what the LLM would write, one for each demonstration.
    """
    instruction = task.instruction if selection.instruction is None else selection.instruction
    drafts = [
        Demonstration(
            shot.example, _first_words(shot.example, arm.keywords), shot.rationale or rationale
        )
        for shot, rationale in zip(selection.shots, rationales, strict=True)
    ]
    written = arm.template.rationales(drafts) if drafts else ()
    demonstrations = tuple(
        Demonstration(draft.example, draft.words, rationale)
        for draft, rationale in zip(drafts, written, strict=True)
    )
    return PreparedArm(arm.name, instruction, demonstrations, chosen=by_item, draw=arm.draw)


def _first_words(example: Example, count: int) -> tuple[KeyWord, ...]:
    places = word_ranges(example.text)[:count]
    return tuple(KeyWord(example.text[start:end], 0.0, ((start, end),)) for start, end in places)
