"""Attributes in an open run the LLM's answers to some test items to the parts of their prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.data import Example
from amplify.contract.errors import ProviderError
from amplify.contract.explainer import Claim
from amplify.contract.progress import silent
from amplify.kit.perturb import without
from amplify.loop.audit.faithfulness import measure
from amplify.loop.checked.explainer import CheckedExplainer
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.worth.answer_attribution import (
    AnswerAttribution,
    AnswerAttributions,
    checks_of,
    parts_attribution,
)
from amplify.loop.worth.prompt_parts import prompt_parts
from amplify.run.cost.raised_caps import Remaining
from amplify.run.engine.answers import Answers
from amplify.run.engine.stop_reason import RunStopped
from amplify.run.hops.opened import OpenRun
from amplify.run.hops.worth import choose_drawn
from amplify.run.hops.worth_left import Drawn
from amplify.run.precheck.preflight import attributed_items
from amplify.run.wiring.attributor import Attributor
from amplify.run.worth.answer_scores import AnswerScores, RankedLabels, others

RANKINGS = 2
"""Random rankings that an attribution is checked against: each takes prompts of its own."""


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
    labels = RankedLabels(engine, arm, run.task.labels)
    attributed: list[AnswerAttribution] = []
    left, errors = None, 0
    items = attributed_items(run.plan, run.task)
    with engine.show(f"attribute answers ({arm.name})", len(items)) as advance:
        for item in items:
            try:
                attributed.append(
                    _attribute(
                        run, labels, drawn[1], item, given.get(item.id), attributor, explainer
                    )
                )
            except RunStopped as stopped:
                left = stopped.remaining
                break
            except ProviderError as error:
                run.warn(f"an answer is not attributed: {error}")
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


def _attribute(
    run: OpenRun,
    labels: RankedLabels,
    shown: PreparedArm,
    item: Example,
    given: str | None,
    attributor: Attributor,
    explainer: CheckedExplainer,
) -> AnswerAttribution:
    """What the answer to the item rests on: the one that was `given`, else the likeliest label."""
    (logs,) = labels.ask([(shown, item)])
    answer = given if given in logs else max(logs, key=logs.__getitem__)
    objective, value = attributor.objective(answer, others(answer)), 0.0
    kinds = []
    for parts in prompt_parts(shown, item):
        proxy = AnswerScores(labels, parts, answer)
        claim = Claim(replace(parts.text, label=answer), answer, others(answer))
        (explanation,) = explainer.explain(proxy, [claim])
        bare = without(claim.example, parts.names)
        value, of_bare = map(objective, proxy.predict([claim.example, bare]))
        (faithfulness,) = measure([explanation], proxy.predict, run.plan.run.seed, RANKINGS)
        kinds.append(parts_attribution(parts, explanation, value, of_bare, faithfulness))
    return AnswerAttribution(item.id, item.text, item.label, answer, value, tuple(kinds))
