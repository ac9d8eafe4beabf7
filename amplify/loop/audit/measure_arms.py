"""Judge: how faithful the explanations behind the arms' demonstrations are, in one go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from amplify.contract.explainer import Explanation
from amplify.contract.progress import Progress
from amplify.contract.template import Faithfulness
from amplify.loop.audit.faithfulness import measure, unranked
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.survey.proxy import ProxySurvey


def measure_arms(
    prepared: Sequence[PreparedArm],
    explanations: Mapping[str, Sequence[Explanation]],
    surveys: Mapping[str, ProxySurvey],
    seed: int,
    show: Progress,
) -> list[PreparedArm]:
    """The same arms, each explained demonstration with its faithfulness to the proxy.

    `explanations` and `surveys` hold, by the arm's name, an explanation for each demonstration and
    the proxy that explained it: with folds, the fold's own. Every proxy is asked once, for all arms
    together. What was not measured is said in the arm's notes.
    """
    groups: dict[int, list[tuple[str, int]]] = defaultdict(list)
    proxies = {}
    for arm, told in explanations.items():
        if arm in surveys:
            survey = surveys[arm]
            for index, explanation in enumerate(told):
                proxy = survey.proxies[survey.folds.get(explanation.example.id, 0)]
                proxies[id(proxy)] = proxy
                groups[id(proxy)].append((arm, index))
    found: dict[tuple[str, int], Faithfulness] = {}
    if groups:
        with show("measure faithfulness", sum(map(len, groups.values()))) as advance:
            for key, places in groups.items():
                asked = [explanations[arm][index] for arm, index in places]
                measured = measure(asked, proxies[key].predict, seed)
                for place, one in zip(places, measured, strict=True):
                    if one is not None:
                        found[place] = one
                advance(len(places))
    return [
        replace(
            arm,
            demonstrations=tuple(
                replace(shown, faithfulness=found.get((arm.name, index)))
                for index, shown in enumerate(arm.demonstrations)
            ),
            notes=(*arm.notes, *_notes(arm.name, explanations.get(arm.name, ()), surveys, found)),
        )
        for arm in prepared
    ]


def _notes(
    arm: str,
    explanations: Sequence[Explanation],
    surveys: Mapping[str, ProxySurvey],
    found: Mapping[tuple[str, int], Faithfulness],
) -> list[str]:
    """Why explanations of the arm have no faithfulness; a written chain needs no reason."""
    scored = [(i, e) for i, e in enumerate(explanations) if e.spans or e.text is None]
    if scored and arm not in surveys:
        return ["faithfulness was not measured: there is no proxy that it could be measured by"]
    reasons = Counter(
        unranked(explanation) or "the proxy does not know their label"
        for index, explanation in scored
        if (arm, index) not in found
    )
    return [
        f"the faithfulness of {count} explanations was not measured: {reason}"
        for reason, count in reasons.items()
    ]
