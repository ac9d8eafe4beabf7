"""Attributes in an open run the LLM's answers to some test items to the parts of their prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.errors import ProviderError
from amplify.contract.progress import silent
from amplify.loop.worth.answer_attribution import (
    AnswerAttribution,
    AnswerAttributions,
    checks_of,
)
from amplify.run.cost.raised_caps import Remaining
from amplify.run.engine.answers import Answers
from amplify.run.engine.stop_reason import RunStopped
from amplify.run.hops.opened import OpenRun
from amplify.run.hops.worth import choose_drawn
from amplify.run.hops.worth_left import Drawn
from amplify.run.precheck.preflight import attributed_items
from amplify.run.worth.answer_scores import RankedLabels
from amplify.run.worth.attribute import attribute_answer


def attribute_answers(
    run: OpenRun, draws: Sequence[Drawn], answers: Answers
) -> tuple[AnswerAttributions | None, Remaining | None]:
    """What the answers of the arm's best draw rest on, and what a stop left unasked.

    `draws` are those of the arm, as for the worth of its demonstrations. None where nothing is to
    be attributed, or the run was stopped before.
    """
    attributor, engine = run.wiring.attributor, run.engine
    if attributor is None or not draws or engine.stop is not None:
        return None, None
    drawn = choose_drawn(run, draws, answers)
    arm = drawn[0]
    of_draw = answers.predictions[arm.plan_name][arm.draw]
    given = {prediction.item: prediction.answer for prediction in of_draw}
    explainer = attributor.build(replace(run.wiring.context, show=silent, labels=run.task.labels))
    labels = RankedLabels(engine.require, arm, run.task.labels)
    attributed: list[AnswerAttribution] = []
    left, errors, seed = None, 0, run.plan.run.seed
    items = attributed_items(run.plan, run.task)
    with engine.show(f"attribute answers ({arm.name})", len(items)) as advance:
        for item in items:
            try:
                attributed.append(
                    attribute_answer(
                        labels, drawn[1], item, given.get(item.id), attributor, explainer, seed
                    )
                )
            except RunStopped as stopped:
                left = stopped.remaining
                break
            except ProviderError as error:
                run.warn(f"an answer is not attributed: {error.message}")
                errors += 1
            advance()
    attributions = AnswerAttributions(
        arm.plan_name,
        arm.draw,
        attributor.title,
        "log-odds" if attributor.of == "logits" else "probability",
        tuple(attributed),
        checks_of(attributed),
        errors,
        engine.stop is None,
        len(labels.asked),
    )
    return attributions, left
