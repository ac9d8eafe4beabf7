"""Measures how faithful the explanations of all arms' demonstrations are, in one go."""

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

Place = tuple[str, int]
"""An arm's name, and the number of one of its demonstrations."""


def measure_arms(
    prepared: Sequence[PreparedArm],
    explanations: Mapping[str, Sequence[Explanation]],
    surveys: Mapping[str, ProxySurvey | None],
    seed: int,
    show: Progress,
) -> list[PreparedArm]:
    """The same arms, each explained demonstration with its faithfulness to the proxy.

    `explanations` holds, by the arm's name, one for each demonstration or none at all, and
    `surveys` that of the proxy which explained them: with folds, the fold's own explained each.
    Every proxy is asked once, for all arms together. An arm's notes say what was not measured.
    """
    groups: dict[int, list[Place]] = defaultdict(list)
    proxies = {}
    for arm, of_arm in explanations.items():
        survey = surveys.get(arm)
        if survey is not None:
            for index, explanation in enumerate(of_arm):
                proxy = survey.proxies[survey.folds.get(explanation.example.id, 0)]
                proxies[id(proxy)] = proxy
                groups[id(proxy)].append((arm, index))
    measured: dict[Place, Faithfulness] = {}
    if groups:
        # Arms and draws share the explanations of an example: each is measured once.
        distinct = {
            key: {id(explanations[arm][index]): explanations[arm][index] for arm, index in places}
            for key, places in groups.items()
        }
        with show("measure faithfulness", sum(map(len, distinct.values()))) as advance:
            for key, places in groups.items():
                of_proxy = distinct[key]
                values = measure(list(of_proxy.values()), proxies[key].predict, seed)
                by_explanation = dict(zip(of_proxy, values, strict=True))
                for arm, index in places:
                    value = by_explanation[id(explanations[arm][index])]
                    if value is not None:
                        measured[arm, index] = value
                advance(len(of_proxy))
    return [
        replace(
            arm,
            demonstrations=tuple(
                replace(shown, faithfulness=measured.get((arm.name, index)))
                for index, shown in enumerate(arm.demonstrations)
            ),
            notes=(
                *arm.notes,
                *_notes(
                    arm.name,
                    explanations.get(arm.name, ()),
                    surveys.get(arm.name) is not None,
                    measured,
                ),
            ),
        )
        for arm in prepared
    ]


def _notes(
    arm: str,
    explanations: Sequence[Explanation],
    has_proxy: bool,
    measured: Mapping[Place, Faithfulness],
) -> list[str]:
    """Why explanations of the arm have no faithfulness; a written chain needs no reason."""
    scored = [(i, e) for i, e in enumerate(explanations) if e.spans or e.text is None]
    if scored and not has_proxy:
        return ["faithfulness was not measured: there is no proxy that it could be measured by"]
    reasons = Counter(
        unranked(explanation) or "the proxy does not know their label"
        for index, explanation in scored
        if (arm, index) not in measured
    )
    return [
        f"the faithfulness of {count} explanations was not measured: {reason}"
        for reason, count in reasons.items()
    ]
