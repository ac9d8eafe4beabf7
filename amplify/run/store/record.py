"""The record of a run: what `record.json` holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from amplify.contract.data import Task
from amplify.loop.answer.ask_again import SecondCallCounts
from amplify.loop.answer.prior import Prior
from amplify.loop.answer.score import ArmScore
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.empty_words import EmptyWords
from amplify.loop.audit.faithfulness import Report
from amplify.loop.compare.classifier import ProxyScore, proxy_names
from amplify.loop.compare.conclude import Conclusion
from amplify.loop.data.classes import class_counts
from amplify.loop.prepare import Preparation
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.prompt.draws import by_plan_name
from amplify.loop.worth.answer_attribution import AnswerAttributions
from amplify.loop.worth.prompt_worth import PromptWorth
from amplify.run.plan.plan import Plan
from amplify.run.store.beginning import Began

DrawPrior = tuple[int, Prior]
"""The number of a draw, and its prior."""

SCHEMA = 1


def make_record(
    plan: Plan,
    task: Task,
    identity: Mapping[str, Any],
    origin: Began,
    preparation: Preparation,
    contrast: Contrast,
    faithfulness: Mapping[str, Report],
    empty_words: Mapping[str, EmptyWords],
    tokens: Mapping[str, Mapping[str, int | None]],
    conclusion: Conclusion,
    notes: Sequence[str],
    failures: Sequence[Mapping[str, Any]],
    stopped: str | None,
    priors: Mapping[str, Sequence[DrawPrior]] | None = None,
    second_calls: Mapping[str, SecondCallCounts] | None = None,
    worth: PromptWorth | None = None,
    attributions: AnswerAttributions | None = None,
) -> dict[str, Any]:
    """The record as JSON-able data.

    `identity` is that of the provider; `origin` holds the versions and the prompts' digests.
    `faithfulness`, `empty_words` and `tokens` are by the arm's name, of arms that have any.
    `priors` are, by the plan's name of the arm, those of its draws; they are in the record where an
    arm calibrates, `confidence` where an arm's labels have probabilities.
    `second_calls` are those of arms that ask again what they cannot read, by the arm's name.
    `worth` is that of the demonstrations of an arm, and in the record where it was measured;
    `attributions` are those of its answers, where any were attributed.
    `views` is in the record of an arm that shows the proxy's view of each item, `trials` in that
    of one whose selector asks the LLM.
    `contrast` is in the record where an arm lacks what sets it apart, and `failures` (why calls
    failed) where any did.
    `stopped` says why the run asked no more before all was answered. `proxy` is the first proxy of
    the run (None: no arm needs one), `proxies` all of them. Nothing in it depends on the time or on
    the folder, so that equal runs give equal records. Faithfulness, priors and confidence have four
    places, so that a model that rounds its last bits otherwise gives an equal record.
    """
    names = proxy_names([report.name for report in preparation.proxies])
    on_test = {proxy.score.name: _on_test(proxy) for proxy in conclusion.proxies}
    proxies = [
        {**asdict(report), **({"test": on_test[name]} if name in on_test else {})}
        for report, name in zip(preparation.proxies, names, strict=True)
    ]
    prompts = _prompts(preparation.arms, origin.prompts)
    views, trials = _views(preparation.arms), _trials(preparation.arms)
    priors, second_calls = priors or {}, second_calls or {}
    return {
        "schema": SCHEMA,
        "task": task.name,
        "provider": dict(identity),
        "seed": plan.run.seed,
        "parser": plan.run.parser,
        "plan": plan.digest,
        "versions": origin.versions,
        "data": {
            **task.source,
            "splits": {
                "train": len(task.train),
                "pool": len(task.pool),
                "test": len(task.test),
                "folds": plan.split.folds,
            },
            **({"classes": classes} if (classes := class_counts(task)) else {}),
        },
        "survey": dict(preparation.survey),
        "arms": [
            {
                **_score(score),
                "prompts": prompts[score.name],
                "tokens": tokens.get(score.name),
                "faithfulness": _rounded(faithfulness.get(score.name)),
                "key_words": _plain(empty_words.get(score.name)),
                **({"views": views[score.name]} if score.name in views else {}),
                **({"trials": trials[score.name]} if score.name in trials else {}),
                **({"priors": _priors(priors[score.name])} if score.name in priors else {}),
                **(
                    {"second_calls": asdict(second_calls[score.name])}
                    if score.name in second_calls
                    else {}
                ),
            }
            for score in conclusion.scores
        ],
        "comparisons": [asdict(comparison) for comparison in conclusion.comparisons],
        "prompts": None if conclusion.prompts is None else asdict(conclusion.prompts),
        "verdict": asdict(conclusion.verdict),
        "proxy": proxies[0] if proxies else None,
        "proxies": proxies,
        "label_errors": [asdict(errors) for errors in preparation.label_errors],
        "notes": [*task.notes, *notes],
        "stopped": stopped,
        **({"contrast": asdict(contrast)} if contrast else {}),
        **({} if worth is None else {"worth": _worth(worth)}),
        **({} if attributions is None else {"attributions": _four_places(asdict(attributions))}),
        **({"failures": [dict(reason) for reason in failures]} if failures else {}),
    }


def _on_test(proxy: ProxyScore) -> dict[str, Any]:
    """What a proxy itself gets right of the test items, against each arm."""
    score = _score(proxy.score)
    return {
        **{key: score[key] for key in ("items", "correct", "accuracy", "interval")},
        **({"metrics": score["metrics"]} if "metrics" in score else {}),
        "comparisons": [asdict(comparison) for comparison in proxy.comparisons],
    }


def _prompts(arms: Sequence[PreparedArm], digests: Mapping[str, str]) -> dict[str, str]:
    """By arm of the plan the digest of its prompts, over all draws; `digests` are by draw."""
    of_draws = by_plan_name(arms, (digests[arm.name] for arm in arms))
    return {
        name: of_arm[0]
        if len(of_arm) == 1
        else hashlib.sha256(json.dumps(of_arm).encode()).hexdigest()
        for name, of_arm in of_draws.items()
    }


def _views(arms: Sequence[PreparedArm]) -> dict[str, str]:
    """What arms show of the proxy beside each item, "label" or "words", by the plan's name."""
    return {
        arm.plan_name: "words" if any(view.words for view in arm.views.values()) else "label"
        for arm in arms
        if arm.views
    }


def _trials(arms: Sequence[PreparedArm]) -> dict[str, int]:
    """How many calls the selectors of arms made, over all draws."""
    counts = by_plan_name(arms, (arm.trials for arm in arms))
    return {name: sum(of_arm) for name, of_arm in counts.items() if any(of_arm)}


def failed_calls(record: Mapping[str, Any]) -> int:
    """How many calls of a run failed by its record, those on the pool and of a race included."""
    of_arms = sum(arm["errors"] + arm.get("pool_errors", 0) for arm in record["arms"])
    of_worth = sum(record.get(key, {}).get("errors", 0) for key in ("worth", "attributions"))
    of_race = record.get("race", {}).get("failed", 0)
    failed: int = record["survey"]["failed"] + of_arms + of_worth + of_race
    return failed


def _score(score: ArmScore) -> dict[str, Any]:
    fields = asdict(score)
    if score.stability is None:
        del fields["stability"]
    else:
        fields["stability"] = _four_places({**fields["stability"], "flips": score.stability.flips})
    if score.confidence is None:
        del fields["confidence"]
    else:
        fields["confidence"] = _four_places(fields["confidence"])
    if score.metrics is None:
        del fields["metrics"]
    return fields


def _worth(worth: PromptWorth) -> dict[str, Any]:
    table: dict[str, Any] = _four_places(asdict(worth))
    if worth.pruned is not None:
        table["pruned"]["score"] = _score(worth.pruned.score)
    return table


def _priors(priors: Sequence[DrawPrior]) -> list[dict[str, Any]]:
    return [
        {
            "draw": draw,
            "prompts": prior.prompts,
            "probabilities": _four_places(prior.probabilities),
        }
        for draw, prior in priors
    ]


def _four_places(value: Any) -> Any:
    """The value with every number in it rounded."""
    if isinstance(value, Mapping):
        return {key: _four_places(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_four_places(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def _rounded(report: Report | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {key: round(value, 4) for key, value in asdict(report).items()}


def _plain(words: EmptyWords | None) -> dict[str, int] | None:
    return None if words is None else asdict(words)
