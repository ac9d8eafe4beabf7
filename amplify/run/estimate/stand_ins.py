"""Stand-ins for demonstrations that only a run can choose, explain and write."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from amplify.contract.calls import Request
from amplify.contract.data import Example, Task
from amplify.contract.selector import Candidate, Selection, Shot, Trial
from amplify.contract.template import Demonstration, KeyWord, ProxyView
from amplify.kit.words import word_ranges
from amplify.loop.answer.ask_again import most_second_requests
from amplify.loop.answer.calibrate import context_requests
from amplify.loop.data.draw_pool import draw_seed
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.prompt.write import first_known
from amplify.loop.select.select_shots import MOST_SHOTS, select_shots
from amplify.loop.setup import Room, Setup
from amplify.loop.survey.candidates import candidates
from amplify.run.estimate.rehearse import Rehearsal, Rehearsed
from amplify.run.wiring.choices import RoleComponents

ByItem = Mapping[str, tuple[int, ...]]
"""For each test item, by its id, the places of its demonstrations among the selected ones."""


WRITTEN = " (what the LLM will write)"
"""A rationale in the prompt that is shown."""


@dataclass
class StandIns:
    """The arms that only the run can prepare, as far as they can be known.

    `prepared` holds each draw of them by its name, `shown` the same with a remark in place of what
    the LLM will write. `asked` holds, by the name that the plan gives an arm, what its explainers
    ask the LLM over all draws, less what an earlier arm's ask; None where only the run can tell.
    `tried` holds, likewise, the requests of an arm whose selector tries demonstrations.
    """

    prepared: dict[str, PreparedArm] = field(default_factory=dict)
    shown: dict[str, PreparedArm] = field(default_factory=dict)
    asked: dict[str, list[Request] | None] = field(default_factory=dict)
    tried: dict[str, list[Request]] = field(default_factory=dict)


def stand_in(
    setup: Setup,
    choices: Sequence[RoleComponents],
    rehearsal: Rehearsal,
    known: Collection[str],
) -> StandIns:
    """Stand-ins for the arms of the setup that are not `known` (their names).

    `choices` are the components of the plan's arms; `rehearsal` is what their explainers ask.
    """
    components = {choice.plan.name: choice for choice in choices}
    stand_ins = StandIns()
    for arm in setup.arms:
        if arm.name in known:
            continue
        task, pool, name = setup.task, setup.pool_of(arm), arm.plan_name
        selection, by_item = select_stand_ins(arm, task, pool, setup.method.seed)
        rehearse = partial(rehearsal.arm, arm, components[name], task, pool)
        trials = RehearsedTrials(arm, task, setup.room, rehearse)
        if arm.selector_tries and not (arm.needs_scores or arm.needs_errors or arm.ranker):
            chosen = candidates(pool, None, {}, {}, "none")
            selection, by_item = select_shots(arm, chosen, task, trials)
            stand_ins.tried.setdefault(name, []).extend(trials.requests)
        rehearsed = rehearse(selection.shots)
        written = rehearsed.written
        remarks = [WRITTEN if text else "" for text in written]
        for prepared, rationales in ((stand_ins.prepared, written), (stand_ins.shown, remarks)):
            prepared[arm.name] = prepare_stand_ins(arm, task, selection, by_item, rationales)
        asked = stand_ins.asked.setdefault(name, [])
        if asked is None or rehearsed.requests is None or trials.explained is None:
            stand_ins.asked[name] = None
        else:
            asked += [*trials.explained, *rehearsed.requests]
    return stand_ins


class RehearsedTrials:
    """Stands in for the LLM where a selector tries demonstrations (`Try`), and keeps what it asks.

    All items seem to be answered with the first of their labels, all labels to be as probable.
    `room` is that of the model. `rehearse` tells what the arm's explainers ask about the shots that
    are tried, which `explained` holds; None where only the run can tell.
    """

    def __init__(
        self, arm: Arm, task: Task, room: Room, rehearse: Callable[[Sequence[Shot]], Rehearsed]
    ) -> None:
        self.arm = arm
        self.task = task
        self.room = room
        self.rehearse = rehearse
        self.requests: list[Request] = []
        self.explained: list[Request] | None = []

    def __call__(self, shots: Sequence[Candidate], items: Sequence[Candidate]) -> list[Trial]:
        """An answer to each item that is not among the shots."""
        arm, task = self.arm, self.task
        shown = {candidate.example.id for candidate in shots}
        asked = [c.example for c in items if c.example.id not in shown]
        tried = Selection(tuple(Shot(candidate.example) for candidate in shots))
        rehearsed = self.rehearse(tried.shots)
        if self.explained is not None and rehearsed.requests is not None:
            self.explained += rehearsed.requests
        else:
            self.explained = None
        prepared = prepare_stand_ins(arm, task, tried, {}, rehearsed.written)
        requests = render(arm, prepared, asked, task.labels)
        if not self.requests and not rehearsed.requests:
            # The first set is that of the run, unless the LLM writes rationales for it.
            self.room.require(arm.name, requests)
        self.requests += [*requests, *most_second_requests(arm, asked, requests, task)]
        if arm.calibrate == "context":
            self.requests += context_requests(arm, prepared, task)
        trials = []
        for example in asked:
            labels = example.labels(task.labels) or ("",)
            answer = labels[0]
            trials.append(
                Trial(
                    example,
                    answer,
                    answer == example.label,
                    dict.fromkeys(labels, 1 / len(labels)) if arm.answer != "write" else {},
                )
            )
        return trials


def select_stand_ins(
    arm: Arm, task: Task, pool: Sequence[Example], seed: int
) -> tuple[Selection, ByItem]:
    """The demonstrations of a draw of the arm, and which of them are for which item.

    Where only the run can choose them, as they depend on the proxy or on the LLM's errors, they are
    random examples of the `pool`, which is what this draw chooses from. `seed` is that of the run.
    """
    if arm.selector is None:
        return Selection(()), {}
    asks = arm.selector_asks or arm.needs_test_probabilities
    if arm.needs_proxy or arm.needs_errors or asks:
        shuffled = list(pool)
        random.Random(draw_seed(seed, arm.draw)).shuffle(shuffled)
        count = MOST_SHOTS if arm.shots == "max" else arm.shots
        return Selection(tuple(Shot(example) for example in shuffled[:count])), {}
    return select_shots(arm, candidates(pool, None, {}, {}, "none"), task)


def prepare_stand_ins(
    arm: Arm, task: Task, selection: Selection, by_item: ByItem, rationales: Sequence[str]
) -> PreparedArm:
    """The arm prepared with the first words of each demonstration as its key words.

    `rationales` stand in for what the LLM would write, one for each demonstration.
    """
    instruction = first_known(arm.instruction, selection.instruction, task.instruction)
    shown = [shot.example for shot in selection.shots]
    views = _views(arm, task, (*task.test, *task.pool, *shown))
    drafts = [
        Demonstration(
            shot.example,
            _first_words(shot.example, arm.keywords),
            shot.rationale or rationale,
            view=views.get(shot.example.id),
        )
        for shot, rationale in zip(selection.shots, rationales, strict=True)
    ]
    written = arm.template.rationales(drafts) if drafts else ()
    demonstrations = tuple(
        replace(draft, rationale=rationale)
        for draft, rationale in zip(drafts, written, strict=True)
    )
    return PreparedArm(
        arm.name, instruction, demonstrations, chosen=by_item, draw=arm.draw, views=views
    )


def _views(arm: Arm, task: Task, examples: Sequence[Example]) -> dict[str, ProxyView]:
    """Stand-ins for the proxy's views that the arm shows: the longest label, the first words."""
    if arm.views == "none":
        return {}
    keywords = arm.keywords if arm.views == "words" else 0
    return {
        e.id: ProxyView(max(e.labels(task.labels), key=len), 0.5, _first_words(e, keywords))
        for e in examples
    }


def _first_words(example: Example, count: int) -> tuple[KeyWord, ...]:
    places = word_ranges(example.text)[:count]
    return tuple(KeyWord(example.text[start:end], 0.0, ((start, end),)) for start, end in places)
