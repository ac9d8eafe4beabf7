"""Attributes the LLM's answer to one item to the parts of its prompt, kind by kind."""

from __future__ import annotations

from dataclasses import replace

from amplify.contract.data import Example
from amplify.contract.explainer import Claim
from amplify.kit.perturb import without
from amplify.loop.audit.faithfulness import measure
from amplify.loop.checked.explainer import CheckedExplainer
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.worth.answer_attribution import AnswerAttribution, parts_attribution
from amplify.loop.worth.prompt_parts import prompt_parts
from amplify.run.wiring.attributor import Attributor
from amplify.run.worth.answer_scores import AnswerScores, RankedLabels, others

RANKINGS = 2
"""Random rankings that an attribution is checked against: each takes prompts of its own."""


def attribute_answer(
    labels: RankedLabels,
    shown: PreparedArm,
    item: Example,
    given: str | None,
    attributor: Attributor,
    explainer: CheckedExplainer,
    seed: int,
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
        (faithfulness,) = measure([explanation], proxy.predict, seed, RANKINGS)
        kinds.append(parts_attribution(parts, explanation, value, of_bare, faithfulness))
    return AnswerAttribution(item.id, item.text, item.label, answer, value, tuple(kinds))
