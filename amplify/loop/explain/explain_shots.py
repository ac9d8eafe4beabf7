"""Explains an arm's shots, each once for all arms that share the explanation."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.explainer import Explainer, Explanation
from amplify.contract.selector import Shot
from amplify.loop.explain.explain import explain
from amplify.loop.prompt.arm import Arm
from amplify.loop.setup import Setup
from amplify.loop.survey.proxy import ProxySurvey


def explain_shots(
    setup: Setup,
    arm: Arm,
    explainer: Explainer,
    digest: str,
    proxy: ProxySurvey | None,
    foil: bool,
    shots: Sequence[Shot],
) -> list[Explanation]:
    """One explanation for each shot, in order.

    `digest` tells the explainer from others: what one of the same digest made of the same proxy is
    not made again. With `foil`, the explanations speak for a wrong label.
    """
    results = setup.results.explanations.setdefault((arm.proxy, digest, foil), {})
    new = list({s.example: s for s in shots if s.example not in results}.values())
    if new:
        with setup.show(f"explain ({arm.name})", len(new)) as advance:
            labels = setup.task.labels if foil else None
            explanations = explain(new, explainer, proxy, labels)
            results.update(zip((shot.example for shot in new), explanations, strict=True))
            advance(len(new))
    return [results[shot.example] for shot in shots]
