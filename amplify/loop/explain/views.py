"""Has the arm's proxy view each input: its label, how probable that is, and its key words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.data import Example
from amplify.contract.selector import Shot
from amplify.contract.template import ProxyView
from amplify.loop.checked.copies import example_apart
from amplify.loop.checked.unlabelled import all_unlabelled
from amplify.loop.explain.explain_shots import explain_shots
from amplify.loop.explain.keywords import key_words
from amplify.loop.prompt.arm import Arm
from amplify.loop.setup import Setup
from amplify.loop.survey.proxy import ProxySurvey


def proxy_views(
    setup: Setup, arm: Arm, proxy: ProxySurvey, shown: Sequence[Example]
) -> dict[str, ProxyView]:
    """The views of test items, of the pool and of what the arm has `shown`, by the example's id.

    No true label is looked at: the proxy that never saw an example labels it, and the arm's
    explainer says which words speak for that label, whether it is right or wrong.
    """
    task = setup.task
    examples = {example.id: example for example in (*task.test, *task.pool, *shown)}
    scores = {**proxy.test_scores, **proxy.scores}
    unscored = [example for name, example in examples.items() if name not in scores]
    if unscored:
        predicted = proxy.proxies[0].predict(all_unlabelled(unscored))
        scores |= {e.id: score for e, score in zip(unscored, predicted, strict=True)}
    best = {name: scores[name].best for name in examples}
    views = {name: ProxyView(best[name], scores[name].probability(best[name])) for name in examples}
    if arm.viewer is None:
        return views
    as_labelled = [Shot(example_apart(e, best[name])) for name, e in examples.items()]
    scored = replace(proxy, scores=scores)
    explanations = explain_shots(setup, arm, arm.viewer, arm.viewed_by, scored, False, as_labelled)
    return {
        name: replace(
            views[name], words=key_words(explanation, arm.keywords, arm.mask, setup.scaffold)
        )
        for name, explanation in zip(examples, explanations, strict=True)
    }
