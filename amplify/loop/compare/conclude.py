"""Concludes a run: from predictions to scores, comparisons and the verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from amplify.contract.data import Prediction
from amplify.contract.grammar import counted
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.require_contrast import Focus
from amplify.loop.compare.classifier import ProxyScore, proxy_words, score_proxy
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.demand import Demand
from amplify.loop.compare.distinct_draws import distinct_draws
from amplify.loop.compare.family import adjust
from amplify.loop.compare.metrics import Metric
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.pairs import comparison_pairs
from amplify.loop.compare.verdict import Verdict, reach_verdict
from amplify.loop.prompt.shown import ShownExamples


@dataclass(frozen=True)
class Conclusion:
    """What a run shows: each arm's score, the comparisons as one family, and the verdict.

    `prompts` compares the best draw of the focus with the best draw of its baseline, as prompts;
    None where no draw was chosen. `proxies` are the results of the proxies themselves on the test
    items, those that scored them.
    """

    scores: tuple[ArmScore, ...]
    comparisons: tuple[Comparison, ...]
    verdict: Verdict
    prompts: Comparison | None = None
    proxies: tuple[ProxyScore, ...] = ()

    def paired_notes(self, items: int) -> list[str]:
        """On how many of the test items, which are `items`, the arms are compared."""
        counts = sorted({comparison.items for comparison in self.comparisons})
        if not counts or counts == [items]:
            return []
        some = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
        return [
            f"arms are compared on the {some} of {counted(items, 'item')} that both have answered"
        ]


def conclude(
    predictions: Mapping[str, ByDraw],
    focus: Focus,
    contrast: Contrast,
    demand: Demand,
    seed: int,
    draws_none: Collection[str] = (),
    on_pool: Mapping[str, Mapping[int, Sequence[Prediction]]] | None = None,
    labels: Sequence[str] = (),
    by_proxy: Mapping[str, Sequence[Prediction]] | None = None,
    metric: Metric = "accuracy",
    shown: Mapping[str, Mapping[int, ShownExamples]] | None = None,
) -> Conclusion:
    """What the predictions of the arms, by name and draw, show of the focus.

    By `contrast`, arms that ask the very same are not compared. Draws that show the same examples,
    by the name of the arm and the draw (`shown`), count as one. `demand` is what the gain has to
    be, `seed` that of the resampling. `draws_none` are the arms that draw no demonstrations.
    `on_pool` holds, by the name of the arm and the draw, the answers to the pool items by which the
    best draw is chosen. `labels` are the classes of the task, which are empty for open answers, and
    `by_proxy` the labels that proxies give the test items, by the proxy's name.
    `metric` is what arms are compared by.
    """
    predictions = {
        name: distinct_draws(
            by_draw, {(seed, draw): what for draw, what in (shown or {}).get(name, {}).items()}
        )
        for name, by_draw in predictions.items()
    }
    kept = {name: {draw for _, draw in by_draw} for name, by_draw in predictions.items()}
    on_pool = {
        name: {draw: read for draw, read in draws.items() if draw in kept[name]}
        for name, draws in (on_pool or {}).items()
        if kept[name] != {0}
    }
    scores = [
        score_arm(name, by_draw, name in draws_none, on_pool.get(name), labels, seed)
        for name, by_draw in predictions.items()
    ]
    best = {score.name: score.best_draw for score in scores if score.best_draw}
    comparisons = compare_arms(predictions, focus, contrast, seed, draws_none, best, metric, labels)
    prompts = compare_prompts(predictions, focus, contrast, seed, best, metric, labels)
    errors = sum(score.errors for score in scores)
    verdict = reach_verdict(
        focus.arm,
        focus.baseline,
        focus.controls,
        comparisons,
        demand,
        errors,
        contrast,
        scores,
        prompts,
    )
    proxies = tuple(
        score_proxy(name, {(seed, 0): of_proxy}, predictions, seed, draws_none, labels, metric)
        for name, of_proxy in (by_proxy or {}).items()
    )
    sentences = (*verdict.sentences, *filter(None, map(proxy_words, proxies)))
    verdict = replace(verdict, sentences=sentences)
    return Conclusion(tuple(scores), tuple(comparisons), verdict, prompts, proxies)


def compare_arms(
    predictions: Mapping[str, ByDraw],
    focus: Focus,
    contrast: Contrast,
    seed: int,
    draws_none: Collection[str],
    best: Mapping[str, int] | None,
    metric: Metric,
    labels: Sequence[str],
) -> list[Comparison]:
    """The focus arm against every other; while it has no answers, the others against a baseline.

    The last one is against the best draw of the baseline, where `best` has it, which holds the
    chosen draws by the name of the arm. They are one family: p-values are adjusted over all of
    them. Which arms are compared is chosen by `comparison_pairs`. `draws_none` are the arms that
    draw no demonstrations. `metric` is what they are compared by, over the classes `labels`.
    """
    scored = _scored(predictions)
    pairs = comparison_pairs(scored, focus.arm, focus.baseline, contrast)
    by_metric = partial(compare, metric=metric, labels=labels)
    comparisons = [
        by_metric(arm, base, predictions[arm], predictions[base], seed, draws_none)
        for arm, base in pairs
    ]
    arm, base = focus.arm, focus.baseline
    draw = (best or {}).get(base or "", 0)
    # A focus with a single prompt is compared with that draw by `compare_prompts`.
    if base is not None and draw and (arm, base) in pairs and len(predictions[arm]) > 1:
        fixed = draw_alone(predictions[base], draw)
        compared = by_metric(arm, base, predictions[arm], fixed, seed, {*draws_none, base})
        comparisons.append(compared and replace(compared, baseline_draw=draw))
    return adjust(
        _family(scored, focus), [comparison for comparison in comparisons if comparison is not None]
    )


def compare_prompts(
    predictions: Mapping[str, ByDraw],
    focus: Focus,
    contrast: Contrast,
    seed: int,
    best: Mapping[str, int],
    metric: Metric,
    labels: Sequence[str],
) -> Comparison | None:
    """The best draw of the focus against the best draw of its baseline, as two prompts.

    An arm with a single prompt is compared with that. None where no draw was chosen of an arm that
    has several, or both have a single prompt, so that the comparison of the arms is that of prompts
    already. `metric` is what they are compared by, over the classes `labels`.
    """
    arm, base = focus.arm, focus.baseline
    pairs = comparison_pairs(_scored(predictions), arm, base, contrast)
    if base is None or (arm, base) not in pairs:
        return None
    draws = [best.get(name, 0) for name in (arm, base)]
    chosen = [bool(best.get(name)) or len(predictions[name]) == 1 for name in (arm, base)]
    if not any(draws) or not all(chosen):
        return None
    ours, theirs = (
        draw_alone(predictions[name], draw) for name, draw in zip((arm, base), draws, strict=True)
    )
    compared = compare(arm, base, ours, theirs, seed, metric=metric, labels=labels)
    if compared is None:
        return None
    (adjusted,) = adjust(f"the best draws of {arm} and {base}", [compared])
    return replace(adjusted, arm_draw=draws[0], baseline_draw=draws[1])


def draw_alone(by_draw: ByDraw, draw: int) -> ByDraw:
    """This draw of an arm as the only one that the arm has."""
    return {(seed, 0): answers for (seed, number), answers in by_draw.items() if number == draw}


def _scored(predictions: Mapping[str, ByDraw]) -> list[str]:
    """The arms that have an answer."""
    return [
        name
        for name, by_draw in predictions.items()
        if any(
            prediction.status != "prepared"
            for answers in by_draw.values()
            for prediction in answers
        )
    ]


def _family(scored: Sequence[str], focus: Focus) -> str:
    """What the comparisons among the arms that were scored are called."""
    if focus.arm in scored:
        return f"{focus.arm} against every other arm"
    base = focus.baseline if focus.baseline in scored else next(iter(scored), "")
    return f"every arm against {base}"
