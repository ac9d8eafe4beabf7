"""The record of a run: what `record.json` holds."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from packaging.requirements import Requirement

from amplify import __version__
from amplify.contract.calls import Completion, Failure
from amplify.contract.data import Task
from amplify.loop.answer.score import ArmScore
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.faithfulness import report
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.verdict import Verdict
from amplify.loop.explain.keywords import empty_words, scaffold
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.survey.proxy import ProxyReport
from amplify.run.cost.usage import is_told
from amplify.run.plan.plan import Plan

LIBRARIES = (
    *("anthropic", "captum", "lime", "numpy", "openai", "scikit-learn", "scipy", "shap"),
    *("tokenizers", "torch", "transformers"),
)
SCHEMA = 1


def make_record(
    plan: Plan,
    task: Task,
    plugins: Mapping[str, str],
    identity: Mapping[str, Any],
    scores: Sequence[ArmScore],
    comparisons: Sequence[Comparison],
    verdict: Verdict,
    proxies: Sequence[ProxyReport],
    prompts: Mapping[str, str],
    tokens: Mapping[str, Mapping[str, int | None]],
    notes: Sequence[str],
    survey: Mapping[str, Any],
    faithfulness: Mapping[str, Mapping[str, Any]],
    key_words: Mapping[str, Mapping[str, int]],
    stopped: str | None = None,
    contrast: Contrast | None = None,
    failures: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The record as JSON-able data.

    `prompts` are the digests of each arm's. `stopped` says why it asked no more before all was
    answered. `contrast` is in it where an arm lacks what sets it apart, and `failures` where calls
    failed. `proxy` is the first proxy of the run (None: no arm needs one), `proxies` all of them.
    Nothing in it depends on the time or on the folder, so that equal runs give equal records.
    """
    return {
        "schema": SCHEMA,
        "task": task.name,
        "provider": dict(identity),
        "seed": plan.run.seed,
        "parser": plan.run.parser,
        "plan": plan.digest,
        "versions": versions(plugins),
        "data": {
            **task.source,
            "splits": {
                "train": len(task.train),
                "pool": len(task.pool),
                "test": len(task.test),
                "folds": plan.split.folds,
            },
        },
        "survey": dict(survey),
        "arms": [
            {
                **asdict(score),
                "prompts": prompts[score.name],
                "tokens": tokens.get(score.name),
                "faithfulness": faithfulness.get(score.name),
                "key_words": key_words.get(score.name),
            }
            for score in scores
        ],
        "comparisons": [asdict(comparison) for comparison in comparisons],
        "verdict": asdict(verdict),
        "proxy": asdict(proxies[0]) if proxies else None,
        "proxies": [asdict(report) for report in proxies],
        "notes": [*task.notes, *notes],
        "stopped": stopped,
        **({"contrast": asdict(contrast)} if contrast else {}),
        **({"failures": [dict(one) for one in failures]} if failures else {}),
    }


def empty_words_of(prepared: Sequence[PreparedArm], task: Task) -> dict[str, dict[str, int]]:
    """How many key words of each arm cannot tell labels apart, for arms that show any."""
    scaffolding = scaffold((*task.train, *task.pool))
    found = {arm.name: empty_words(arm.demonstrations, scaffolding) for arm in prepared}
    return {name: asdict(one) for name, one in found.items() if one is not None}


def faithfulness_of(prepared: Sequence[PreparedArm]) -> dict[str, dict[str, Any]]:
    """The faithfulness of each arm's explanations, for arms where any was measured.

    To four places, so that a proxy that rounds its last bits otherwise gives an equal record.
    """
    found = {arm.name: report(d.faithfulness for d in arm.demonstrations) for arm in prepared}
    return {
        name: {key: round(value, 4) for key, value in asdict(one).items()}
        for name, one in found.items()
        if one is not None
    }


def versions(plugins: Mapping[str, str]) -> dict[str, str]:
    """Python, this package, the plugins that took part, and the libraries that they require."""
    found = {"python": platform.python_version(), "amplify-icl": __version__, **plugins}
    # The built-in plugin is no distribution; one of its name is a stranger's.
    for library in sorted(_required({"amplify-icl", *plugins} - {"builtin"}) & {*LIBRARIES}):
        with contextlib.suppress(PackageNotFoundError):
            found[library] = version(library)
    return found


def _required(names: set[str]) -> set[str]:
    """What these distributions require, and what those of this family among them require."""
    found: set[str] = set()
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            needs = (Requirement(text) for text in requires(name) or ())
            found |= {need.name for need in needs if need.marker is None}
    new = {name for name in found if name.startswith("amplify-")} - names
    return found | (_required(new) if new else set())


def count_tokens(outcomes: Sequence[Completion | Failure]) -> dict[str, int | None]:
    """The tokens of an arm's replies; None where the provider told of none.

    `untold` counts the replies that are in no sum, or not in both, where others are: it did not
    tell theirs.
    """
    usages = [outcome.usage for outcome in outcomes if isinstance(outcome, Completion)]
    totals: dict[str, int | None] = {}
    for key in ("input", "output", "cached"):
        known = [value for usage in usages if (value := getattr(usage, key)) is not None]
        totals[key] = sum(known) if known else None
    untold = sum(not is_told(usage) for usage in usages)
    if untold and (totals["input"], totals["output"]) != (None, None):
        totals["untold"] = untold
    return totals


def token_notes(arm: str, tokens: Mapping[str, int | None], replies: int) -> list[str]:
    """A note where the provider told the tokens of a part of an arm's replies alone."""
    if not tokens.get("untold"):
        return []
    told = f"{tokens['untold']:,} of {replies:,} replies told no token counts, or not both"
    return [f"arm {arm}: {told}: its tokens are more than those that are counted"]
