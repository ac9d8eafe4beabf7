"""The arms that exist by name, and the plan of a bare `amplify run`."""

from __future__ import annotations

from typing import Any

ARMS: dict[str, dict[str, Any]] = {
    "zero-shot": {"template": "answer-only", "shots": 0},
    "answer-only": {
        "selector": {"use": "random", "balanced": True},
        "template": "answer-only",
    },
    "amplify": {
        "selector": {"use": "h-mcs", "balanced": True},
        "explainer": "captum/midpoint",
        "template": "key-words",
    },
    "amplify-no-rationale": {
        "like": "amplify",
        "template": "answer-only",
        "control_of": "amplify",
        "tests": "the rationales",
    },
    "amplify-random-words": {
        "like": "amplify",
        "explainer": "builtin/random",
        "mask": [],
        "control_of": "amplify",
        "tests": "the key words",
    },
}
"""Arms by name. The last two are controls: AMPLIFY's own demonstrations without a rationale, and
with random words of the whole text in place of the key words. Labels take turns among the
demonstrations, as LLMs lean to the label that they see more often (arXiv 2102.09690). The explainer
is the best for its cost (docs/explanation/explainers.md); the paper's own is gradient x input."""

DEFAULT_ARMS = tuple(ARMS)

DEFAULTS: dict[str, Any] = {
    "task": {"use": "mini/dispatches", "items": 400},
    "llm": {"use": "mini/local"},
    "proxy": {"use": "transformers/classifier"},
}
"""What a plan says nothing about."""

DEFAULT_SPLIT: dict[str, Any] = {"train": 80, "pool": 120, "test": 200}
"""How the default task is split: counts, as it is generated for them."""
