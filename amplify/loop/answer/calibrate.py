"""Asks the LLM what it answers whatever the text is, so that an arm's prior can be estimated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError, ProviderError
from amplify.contract.grammar import counted
from amplify.kit.seeded_order import seeded_key
from amplify.loop.answer.answer import NO_PROBABILITIES
from amplify.loop.answer.choose import choice_items
from amplify.loop.answer.prior import Prior, estimate_prior
from amplify.loop.audit.leakage import find_leaks
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import continuations, render
from amplify.loop.prompt.write import write_arm
from amplify.loop.select.select_shots import select_shots
from amplify.loop.setup import Setup
from amplify.loop.survey.candidates import candidates

CONTENT_FREE = tuple(
    Example(f"without content {number}", text, "")
    for number, text in enumerate(("N/A", "[MASK]", ""), 1)
)
"""The inputs without content of contextual calibration (Zhao et al. 2021, arXiv 2102.09690)."""


def calibration_requests(
    setup: Setup,
    prepared: Sequence[PreparedArm],
    count: int,
    choice: Collection[Example] = (),
) -> dict[str, dict[str, list[Request]]]:
    """What the LLM is asked for the priors, by the plan's name of the arm and the draw's name.

    Of an arm that calibrates by a batch, each draw asks at most `count` pool items: none that it
    shows, no twin of such a one, and none whose prompt the model has no room for. They come in the
    order of the run's seed; those of the `choice` of the best draw are taken first, as they are
    asked anyway. `prepared` are the arms of the setup, in the same order.

    Raises PlanError where no pool item is left.
    """
    requests: dict[str, dict[str, list[Request]]] = {}
    for arm, shown in zip(setup.arms, prepared, strict=True):
        if arm.calibrate == "none":
            continue
        if arm.calibrate == "context":
            of_draw = context_requests(arm, shown, setup.task)
        elif arm.per_item:
            of_draw = _requests_per_item(setup, arm, shown, count)
        else:
            of_draw = _batch_requests(setup, arm, shown, count, choice)
        setup.room.require(arm.name, of_draw)
        requests.setdefault(arm.plan_name, {})[arm.name] = of_draw
    return requests


def _batch_requests(
    setup: Setup, arm: Arm, prepared: PreparedArm, count: int, choice: Collection[Example]
) -> list[Request]:
    """The arm's prompt with pool items, those of the `choice` first."""
    task, seed = setup.task, setup.method.seed
    items = choice_items([(arm, prepared)], task, setup.room, count, seed, choice)
    if not items:
        raise _no_item_left(arm, 'enlarge [split] pool, or say calibrate = "context"')
    return render(arm, prepared, items, task.labels)


def _no_item_left(arm: Arm, hint: str) -> PlanError:
    return PlanError(
        "it is to be calibrated, but no pool item is left that it does not show",
        where=f"arm {arm.name!r}",
        hint=hint,
    )


def _requests_per_item(setup: Setup, arm: Arm, prepared: PreparedArm, count: int) -> list[Request]:
    """The prompts of pool items by an arm whose selector chooses for each item.

    The selector chooses for them as for test items, from what is left of the pool without them and
    their twins; they are half of it at most.
    """
    pool = setup.pool_of(arm)
    items = sorted(pool, key=lambda item: seeded_key(setup.method.seed, f"calibrate/{item.id}"))
    items = items[: min(count, len(pool) // 2)]
    if not items:
        raise _no_item_left(arm, 'enlarge [split] pool, or say calibrate = "none"')
    known = {leak.test.id for leak in find_leaks(pool, items, setup.task.moulds)}
    left = [example for example in pool if example.id not in known]
    task = replace(setup.task, test=tuple(items))
    selection, chosen = select_shots(arm, candidates(left, None, {}, {}, "none"), task)
    written = write_arm(replace(setup, task=task), arm, selection, chosen, None, prepared.views)
    return [*written.requests]


def context_requests(arm: Arm, prepared: PreparedArm, task: Task) -> list[Request]:
    """The arm's prompt with inputs without content in place of an item."""
    return render(arm, prepared, CONTENT_FREE, task.labels)


def prior_of(arm: Arm, outcomes: Sequence[Completion | Failure], task: Task) -> Prior | Failure:
    """The prior of a draw of an arm, or the failure of the calls for it.

    A single call that failed leaves no prior: a run is resumed for it.
    """
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    replies = [outcome for outcome in outcomes if isinstance(outcome, Completion)]
    if failures:
        why = next((f for f in failures if f.kind == "stopped"), failures[0])
        count = f"{len(failures):,} of {counted(len(outcomes), 'call')} for it gave no reply"
        return replace(why, message=f"its prior is not known, as {count}: {why.message}")
    return estimate_prior(replies, labels_of(arm, task))


def require_probabilities(name: str, priors: Mapping[str, Prior | Failure]) -> None:
    """ProviderError where no reply for the priors of an arm tells the probabilities of the labels.

    Nothing that the LLM answers could be read. `name` is the arm's in the plan, `priors` are by the
    draw's name.
    """
    known = [prior for prior in priors.values() if isinstance(prior, Prior)]
    if known and not any(prior.probabilities for prior in known):
        raise no_probabilities(name)


def no_probabilities(name: str, where: str = "", more: str = "") -> ProviderError:
    """The error of an arm that cannot be calibrated; `more` is what else may be done about it."""
    return ProviderError(
        f"{NO_PROBABILITIES}, so that arm {name!r} cannot be calibrated",
        where=where,
        hint="llm.logprobs = true where the service has it, else for this arm"
        f' calibrate = "none"{more}',
    )


def labels_of(arm: Arm, task: Task) -> Mapping[str, str]:
    """The labels of an arm that calibrates, by their continuations: all items have the same."""
    return continuations(arm, task.test[0].labels(task.labels))


def prior_notes(priors: Mapping[str, Prior | Failure]) -> list[str]:
    """A note on each draw of an arm whose replies cannot be read, as it has no prior."""
    notes = []
    for name, prior in priors.items():
        if isinstance(prior, Failure):
            if prior.kind != "stopped":
                notes.append(f"arm {name}: no reply is read, as {prior.message}")
        elif not prior.probabilities:
            notes.append(
                f"arm {name}: no reply is read, as {NO_PROBABILITIES}, so that there is no prior"
            )
    return notes
