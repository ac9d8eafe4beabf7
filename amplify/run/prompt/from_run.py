"""Makes the finished prompt of an arm from a run's folder; nothing is asked or fitted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from amplify.contract.calls import Prompt
from amplify.contract.data import Example, Task
from amplify.contract.errors import DataError, PlanError
from amplify.contract.guard.visible import shell_word
from amplify.contract.template import Demonstration
from amplify.loop.prompt.arm import Arm, PreparedArm, drawn_name
from amplify.loop.prompt.render import continuations, cue, prompts, render
from amplify.loop.prompt.repeats import reordered, times_asked
from amplify.run.plan.plan import Plan
from amplify.run.prompt.finished import (
    AnswerBy,
    FinishedPrompt,
    Model,
    Provenance,
    Reading,
    Shown,
    Word,
)
from amplify.run.prompt.layout import Layout
from amplify.run.store.prepared import read_preparation
from amplify.run.store.read_back import read_stored, reading, stored_lines
from amplify.run.wiring.wire import Wiring

SCORED = ("items", "answers", "correct", "accuracy", "interval")
"""The keys of an arm's score in the record that a prompt keeps."""

GAINED = ("arm", "baseline", "items", "metric", "difference", "interval", "p_value", "adjusted")
"""The keys of a comparison in the record that a prompt keeps."""

FROM_DATA = ("path", "sha256")
"""The keys of the record's data that a prompt keeps."""


@dataclass(frozen=True)
class _StoredRun:
    """What is read of a run's folder."""

    folder: Path
    plan: Plan
    record: Mapping[str, Any]


def finish_prompt(
    wiring: Wiring, folder: Path, name: str | None = None, draw: int | None = None
) -> FinishedPrompt:
    """The finished prompt of an arm of the run in the folder, whose plan is wired.

    `name` is the plan's name of the arm: by default the focus of the run, or what a tune has
    chosen. `draw` is that of its demonstrations: by default the one that the run chose as the best,
    else the first. The data of the run is read again, so that the prompts can be compared.

    Raises PlanError for an arm whose prompts are not one text around the input, and DataError
    where the folder is damaged or the prompts are not those that the run has asked with.
    """
    run = _StoredRun(folder, wiring.plan, _read_record(folder))
    name, draw = _choose(run, name, draw)
    task = wiring.load_task()
    arm = wiring.build_reader(name, task)
    _refuse_changing(arm, task)
    prepared = _prepared(run, wiring.arm_names(), name, draw)
    layouts = _layouts(arm, prepared, run.plan.run.seed)
    _compare(run, prepared, layouts[0], task)
    return FinishedPrompt(
        name,
        prepared.draw,
        task.labels,
        prepared.instruction,
        layouts,
        _answer(run, arm, prepared, task, len(layouts)),
        Model(run.plan.llm.use, dict(run.plan.llm.options), run.plan.run.device, run.plan.run.seed),
        _provenance(run, name, prepared, task),
        _columns(run.plan),
    )


def _read_record(folder: Path) -> Mapping[str, Any]:
    path = folder / "record.json"
    if not path.exists():
        raise PlanError(
            "the run is not finished: it has no record",
            where=str(folder),
            hint=f"finish it first: amplify run --resume --out {shell_word(folder)}",
        )
    with reading(path, "the record cannot be read", "finish the run anew with --resume"):
        record = json.loads(read_stored(path))
        msgspec.convert(record, _Record)
    return dict(record)


class _Named(msgspec.Struct):
    """An arm of the record."""

    name: str


class _Compared(msgspec.Struct):
    """A comparison of the record."""

    arm: str
    baseline: str


class _Verdict(msgspec.Struct):
    """The verdict of the record."""

    sentences: list[str]


class _Race(msgspec.Struct):
    """The race of the record of a tune."""

    chosen: str | None
    baseline: str


class _Record(msgspec.Struct):
    """What a prompt needs of a record, whatever else is in it."""

    schema: Literal[1]
    plan: str
    data: dict[str, Any]
    provider: dict[str, Any]
    versions: dict[str, str]
    arms: list[_Named]
    comparisons: list[_Compared]
    verdict: _Verdict
    race: _Race | None = None


def _choose(run: _StoredRun, name: str | None, draw: int | None) -> tuple[str, int]:
    """The plan's name of the arm and the number of its draw."""
    if name is None and "race" in run.record:
        chosen = run.record["race"]["chosen"]
        if chosen is None:
            raise PlanError(
                "the tune was stopped before it has chosen a prompt",
                where=str(run.folder),
                hint=f"finish it: amplify tune --resume --out {shell_word(run.folder)};"
                " or name an arm with --arm",
            )
        name, number = _parted(chosen, run.plan)
        draw = number if draw is None else draw
    names = [arm.name for arm in run.plan.arms]
    name = run.plan.focus if name is None else name
    if name not in names:
        raise PlanError(
            f"the run has no arm {name!r}",
            where="--arm",
            hint=f"its arms: {', '.join(names)}",
        )
    if draw is not None:
        return name, draw
    return name, _score(run, name, 0).get("best_draw") or 0


def _parted(name: str, plan: Plan) -> tuple[str, int]:
    """The plan's name of an arm, and the number of the draw, from the name of its draw."""
    for arm in plan.arms:
        for draw in range(plan.draws_of(arm) + 1):
            if drawn_name(arm.name, draw) == name:
                return arm.name, draw
    return name, 0


def _score(run: _StoredRun, name: str, draw: int) -> Mapping[str, Any]:
    """The arm's part of the record, which after a race is that of its draw; empty if untested."""
    by_name = {arm["name"]: arm for arm in run.record["arms"]}
    return by_name.get(name) or by_name.get(drawn_name(name, draw)) or {}


def _prepared(run: _StoredRun, names: Sequence[str], name: str, draw: int) -> PreparedArm:
    """The draw of the arm as prepared, by the run's folder; `names` are those of all draws.

    Draw 0 of an arm that has several, none of which was chosen, is its first one.
    """
    preparation = read_preparation(run.folder, names)
    if preparation is None:
        raise DataError("the run has no prepared prompts", where=str(run.folder / "prepared.json"))
    draws = {arm.draw: arm for arm in preparation.arms if arm.plan_name == name}
    prepared = draws.get(draw) or (draws.get(1) if draw == 0 else None)
    if prepared is None:
        known = f"its draws: {', '.join(map(str, sorted(draws)))}" if draws.keys() - {0} else ""
        raise PlanError(
            f"arm {name!r} has no draw {draw}",
            where="--draw",
            hint=known or "its demonstrations are drawn once: leave --draw out",
        )
    if prepared.chosen:
        raise PlanError(
            "its selector chooses other demonstrations for each input, which a prompt with one slot"
            " cannot do",
            where=f"arm {prepared.plan_name!r}",
            hint="name an arm with --arm that shows all inputs the same",
        )
    return prepared


def _refuse_changing(arm: Arm, task: Task) -> None:
    """PlanError for an arm that shows or asks more of an input than its text."""
    where = f"arm {arm.plan_name!r}"
    hint = "name another arm with --arm"
    if arm.views != "none":
        raise PlanError(
            "its prompts show what the proxy makes of each input, and the proxy is not in the run's"
            " folder",
            where=where,
            hint=hint,
        )
    if arm.narrows:
        raise PlanError("its labels are chosen anew for each input", where=where, hint=hint)
    if any(example.options for example in (*task.pool, *task.test)):
        raise PlanError(
            "the inputs of its task list the answers that are open to them, so that no other input"
            " can be read by the same prompt",
            where=where,
        )


def _layouts(arm: Arm, prepared: PreparedArm, seed: int) -> tuple[Layout, ...]:
    """The layout of the arm's prompts, for each repeat where these differ in order."""
    drafts = [prepared]
    if arm.repeats > 1 and arm.repeats_by == "order":
        times = times_asked(arm, prepared)
        drafts += [reordered(prepared, times, repeat, seed) for repeat in range(1, times)]
    return tuple(_layout(arm, draft) for draft in drafts)


def _layout(arm: Arm, prepared: PreparedArm) -> Layout:
    mark = "INPUT"
    while any(mark in text for text in _texts(prepared)):
        mark += "-INPUT"
    layout = Layout.around(_rendered(arm, prepared, mark), mark)
    again = Layout.around(_rendered(arm, prepared, f"{mark} {mark}"), f"{mark} {mark}")
    if layout != again or not layout.has_slot:
        raise _not_one_text(arm.plan_name)
    return layout


def _texts(prepared: PreparedArm) -> list[str]:
    shown = prepared.demonstrations
    return [prepared.instruction, *(f"{d.example.text} {d.rationale}" for d in shown)]


def _rendered(arm: Arm, prepared: PreparedArm, text: str) -> Prompt:
    return prompts(arm, prepared, [Example("input", text, "")])[0]


def _not_one_text(name: str) -> PlanError:
    return PlanError(
        "its template does not put the input into the prompt as it stands, so that the prompt has"
        " no slot for it",
        where=f"arm {name!r}",
        hint="name another arm with --arm",
    )


def _compare(run: _StoredRun, prepared: PreparedArm, layout: Layout, task: Task) -> None:
    """Compare the layout with every prompt of the arm that the run has written down."""
    texts = {example.id: example.text for example in (*task.train, *task.pool, *task.test)}
    path, seen = run.folder / "prompts.jsonl", 0
    with reading(path, "the run's prompts cannot be read", "finish the run anew with --resume"):
        for _, line in stored_lines(path):
            row = json.loads(line)
            if (row["arm"], row["draw"]) != (prepared.plan_name, prepared.draw):
                continue
            seen += 1
            if row["item"] not in texts:
                raise _other_data(run, f"it holds no item {row['item']!r}")
            prompt = layout.prompt(texts[row["item"]])
            messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
            if messages != row["messages"]:
                raise _other_data(run, f"the prompt of item {row['item']!r} is another one")
    if not seen:
        raise DataError(f"there is no prompt of {prepared.name}", where=str(path))


def _other_data(run: _StoredRun, why: str) -> DataError:
    return DataError(
        f"the data or the template is not what the run asked with: {why}",
        where=str(run.folder),
        hint="bring back what the run was made with, or run the plan anew",
    )


def _answer(run: _StoredRun, arm: Arm, prepared: PreparedArm, task: Task, orders: int) -> AnswerBy:
    """How the arm asks for its answers and reads them."""
    [request] = render(arm, prepared, [Example("input", "", "")], task.labels)
    template = arm.template
    by_continuation = continuations(arm, task.labels)
    by_order = arm.repeats > 1 and arm.repeats_by == "order"
    return AnswerBy(
        arm.answer,
        request.max_tokens,
        request.stop,
        {label: text for text, label in by_continuation.items()},
        cue(arm),
        template.statement,
        Reading(run.plan.run.parser, arm.reasoned, arm.answer_first, arm.prefix),
        arm.calibrate,
        _prior(run, prepared) if arm.calibrate != "none" else {},
        arm.abstain,
        arm.unread,
        orders if by_order else arm.repeats,
        arm.repeats_by,
    )


def _prior(run: _StoredRun, prepared: PreparedArm) -> dict[str, float]:
    """The label probabilities by which the arm's draw was calibrated, with four places."""
    path = run.folder / "record.json"
    with reading(path, "the record cannot be read", "finish the run anew with --resume"):
        score = _score(run, prepared.plan_name, prepared.draw)
        priors = {prior["draw"]: prior["probabilities"] for prior in score.get("priors", ())}
    # After a race each draw is an arm of its own, with one prior.
    known = priors.get(prepared.draw) or (next(iter(priors.values())) if len(priors) == 1 else None)
    if not known:
        raise PlanError(
            "it calibrates, but the run could not estimate its prior",
            where=f"arm {prepared.plan_name!r}",
            hint="finish the run with --resume, or name another arm with --arm",
        )
    return dict(known)


def _provenance(run: _StoredRun, name: str, prepared: PreparedArm, task: Task) -> Provenance:
    record = run.record
    path = run.folder / "record.json"
    with reading(path, "the record cannot be read", "finish the run anew with --resume"):
        score = _score(run, name, prepared.draw)
        baseline = record.get("race", {}).get("baseline", run.plan.baseline)
        compared = [
            comparison
            for comparison in record["comparisons"]
            if comparison["arm"] == score.get("name") and comparison["baseline"] == baseline
        ]
        return Provenance(
            task.name,
            record["plan"],
            score.get("prompts", ""),
            {key: record["data"][key] for key in FROM_DATA if key in record["data"]},
            record["provider"],
            record["versions"],
            {key: score[key] for key in SCORED if key in score},
            {key: compared[0][key] for key in GAINED if key in compared[0]} if compared else None,
            tuple(record["verdict"]["sentences"]),
            tuple(map(_shown, prepared.demonstrations)),
        )


def _shown(demonstration: Demonstration) -> Shown:
    example = demonstration.example
    return Shown(
        example.id,
        example.text,
        example.label,
        demonstration.rationale,
        tuple(Word(word.text, round(word.score, 4)) for word in demonstration.words),
        None if demonstration.mcs is None else round(demonstration.mcs, 4),
    )


def _columns(plan: Plan) -> dict[str, str]:
    """The names of the columns that the plan reads, where it names any."""
    options = plan.task.options
    named = {key: options.get(key) for key in ("text", "label", "id")}
    return {key: name for key, name in named.items() if isinstance(name, str) and name}
