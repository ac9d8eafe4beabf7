"""Makes the finished prompt of an arm from a run's folder; nothing is asked or fitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from amplify.contract.data import Task
from amplify.contract.errors import AmplifyError, DataError, PlanError
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import continuations, cue, render
from amplify.run.plan.plan import Plan
from amplify.run.prompt.choice_of_run import choice_of
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.layout import Layout
from amplify.run.prompt.parts import AnswerBy, Model, ReadBy
from amplify.run.prompt.rendered import compare_layouts, layouts_of
from amplify.run.prompt.run_record import RunRecord
from amplify.run.store.prepared import read_preparation
from amplify.run.wiring.wire import Wiring


def finish_prompt(
    wiring: Wiring,
    folder: Path,
    name: str | None,
    draw: int | None,
    warn: Callable[[str], None],
) -> FinishedPrompt:
    """The finished prompt of an arm of the run in the folder, whose plan is wired.

    `name` is the plan's name of the arm: by default the focus of the run, its baseline where the
    focus was shown to do worse, or what a tune has chosen. `draw` is that of its demonstrations: by
    default the one that the run chose as the best, else the first. The data of the run is read
    again, so that the prompts can be compared. `warn` is told where the default is not the focus,
    or another arm had more test items right.

    Raises PlanError for an arm whose prompts no other input can have, and DataError where the
    folder is damaged or the prompts are not those that the run has asked with.
    """
    run = RunRecord.read(folder, wiring.plan)
    taken, number = run.choose(name, draw)
    if name is None and run.loss:
        warn(run.loss)
    task = wiring.load_task()
    finished, prepared = _finished(wiring, run, task, taken, number)
    shown = [demonstration.example.id for demonstration in prepared.demonstrations]
    of_items = {item: [shown[place] for place in best] for item, best in prepared.chosen.items()}
    compare_layouts(
        folder, prepared, lambda item: finished.layout_with(of_items.get(item, ())), task
    )
    if name is None and (better := _better(wiring, run, task, taken)):
        warn(run.better_words(taken, better))
    return finished


def _better(wiring: Wiring, run: RunRecord, task: Task, taken: str) -> str | None:
    """The best arm that had more test items right than the one that is taken, of those that have a
    finished prompt."""
    for name in run.better(taken):
        try:
            _finished(wiring, run, task, *run.choose(name, None))
        except AmplifyError:
            continue
        return name
    return None


def _finished(
    wiring: Wiring, run: RunRecord, task: Task, name: str, draw: int
) -> tuple[FinishedPrompt, PreparedArm]:
    """The finished prompt of an arm, and the arm as prepared."""
    plan, folder = wiring.plan, run.folder
    arm = wiring.build_reader(name, task)
    _refuse_changing(arm, task)
    prepared = _prepared(folder, wiring.arm_names(), name, draw)
    layouts: tuple[Layout, ...]
    choice = None
    if prepared.chosen:
        components = next(c for c in wiring.choices if c.plan.name == name)
        layout, choice = choice_of(plan, components, arm, prepared, task)
        layouts = (layout,)
    else:
        layouts = layouts_of(arm, prepared, plan.run.seed)
    finished = FinishedPrompt(
        name,
        prepared.draw,
        task.labels,
        prepared.instruction,
        layouts,
        _answer(run, arm, prepared, task, len(layouts)),
        Model(plan.llm.use, dict(plan.llm.options), plan.run.device, plan.run.seed),
        run.provenance(prepared, task, () if choice else prepared.demonstrations),
        _columns(plan),
        choice,
    )
    return finished, prepared


def _prepared(folder: Path, names: Sequence[str], name: str, draw: int) -> PreparedArm:
    """The draw of the arm as prepared, by the run's folder; `names` are those of all draws.

    Draw 0 of an arm that has several, none of which was chosen, is its first one.
    """
    preparation = read_preparation(folder, names)
    if preparation is None:
        raise DataError("the run has no prepared prompts", where=str(folder / "prepared.json"))
    draws = {arm.draw: arm for arm in preparation.arms if arm.plan_name == name}
    prepared = draws.get(draw) or (draws.get(1) if draw == 0 else None)
    if prepared is None:
        known = f"its draws: {', '.join(map(str, sorted(draws)))}" if draws.keys() - {0} else ""
        raise PlanError(
            f"arm {name!r} has no draw {draw}",
            where="--draw",
            hint=known or "its demonstrations are drawn once: leave --draw out",
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


def _answer(run: RunRecord, arm: Arm, prepared: PreparedArm, task: Task, orders: int) -> AnswerBy:
    """How the arm asks for its answers and reads them."""
    [request] = render(arm, prepared, task.test[:1], task.labels)
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
        ReadBy(run.plan.run.parser, arm.reasoned, arm.answer_first, arm.prefix),
        arm.calibrate,
        run.prior(prepared) if arm.calibrate != "none" else {},
        arm.abstain,
        arm.unread,
        orders if by_order else arm.repeats,
        arm.repeats_by,
    )


def _columns(plan: Plan) -> dict[str, str]:
    """The names of the columns that the plan reads, where it names any; of several a line each."""
    options = plan.task.options
    named = {key: options.get(key) for key in ("text", "template", "label", "id")}
    if isinstance(named["text"], list) and not named["template"]:
        named["text"] = "\n".join(map(str, named["text"]))
    return {key: str(name) for key, name in named.items() if name and isinstance(name, str | int)}
