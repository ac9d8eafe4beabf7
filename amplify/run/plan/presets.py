"""The arms that exist by name, and the plan of a bare `amplify run`."""

from __future__ import annotations

from typing import Any

ARMS: dict[str, dict[str, Any]] = {
    "zero-shot": {"template": "builtin/answer-only", "shots": 0},
    "answer-only": {
        "selector": {"use": "builtin/random", "balanced": True},
        "template": "builtin/answer-only",
    },
    "amplify": {
        "selector": {"use": "builtin/h-mcs", "balanced": True},
        "explainer": {"use": "captum/midpoint", "pooling": "sum", "contrast": True},
        "template": "builtin/key-words",
    },
    "amplify-no-rationale": {
        "like": "amplify",
        "template": "builtin/answer-only",
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
    "amplify-tf-idf-words": {
        "like": "amplify",
        "explainer": "builtin/tf-idf",
        "control_of": "amplify",
        "tests": "the proxy's attributions",
    },
    "amplify-shuffled": {
        "like": "amplify",
        "template": {"shuffled": True},
        "control_of": "amplify",
        "tests": "the pairs of text and key words",
    },
    "amplify-wrong-label-words": {
        "like": "amplify",
        "target": "foil",
        "control_of": "amplify",
        "tests": "the labels that the key words speak for",
    },
    "nearest": {
        "selector": "transformers/nearest",
        "template": "builtin/answer-only",
        "control_of": "amplify-nearest",
        "tests": "the rationales",
    },
    "nearest-behind-shared": {
        "selector": {"use": "transformers/nearest", "shared": 0.8},
        "template": "builtin/answer-only",
    },
    "ambig-icl": {"selector": "transformers/ambiguous", "template": "builtin/answer-only"},
    "conformal-labels": {
        "selector": "sklearn/conformal-labels",
        "proxy": "sklearn/linear",
        "template": "builtin/answer-only",
        "shots": 32,
    },
    "amplify-nearest": {"like": "amplify", "selector": "transformers/nearest"},
    "zero-shot-cot": {"template": "builtin/chain-of-thought", "shots": 0},
    "auto-cot": {
        "selector": "sklearn/k-means",
        "explainer": "builtin/chain",
        "template": "builtin/chain-of-thought",
    },
    "self-topk": {
        "selector": {"use": "builtin/errors", "balanced": True},
        "explainer": "builtin/self-topk",
        "template": "builtin/key-words",
    },
    "self-amplify": {
        "selector": {"use": "builtin/errors", "balanced": True},
        "explainer": "captum/input-x-gradient",
        "proxy": "llm",
        "template": "builtin/key-words",
    },
    "dspy-random-search": {"selector": "dspy/random-search", "template": "dspy/chat"},
    "dspy-mipro-v2": {"selector": "dspy/mipro-v2", "template": "dspy/chat"},
    "dspy-gepa": {"selector": "dspy/gepa", "template": "dspy/chat"},
    "ph-cot": {
        "selector": {"use": "builtin/errors", "balanced": True},
        "explainer": "builtin/ph-cot",
        "template": "builtin/chain-of-thought",
    },
    "carp": {
        "selector": {"use": "builtin/random", "balanced": True},
        "explainer": "builtin/clues",
        "template": "builtin/carp",
    },
    "gradient-matching": {
        "selector": "builtin/gradient-matching",
        "template": "builtin/answer-only",
    },
    "best-of-8": {
        "selector": {"use": "builtin/best-of", "balanced": True, "sets": 8},
        "template": "builtin/answer-only",
    },
    "confident-errors": {
        "selector": {"use": "builtin/confident-errors", "balanced": True},
        "template": "builtin/answer-only",
    },
    "super-icl": {
        "selector": {"use": "builtin/random", "balanced": True},
        "template": "builtin/super-icl",
    },
    "proxy-clues": {
        "selector": {"use": "builtin/random", "balanced": True},
        "explainer": {"use": "captum/midpoint", "pooling": "sum", "contrast": True},
        "template": "builtin/proxy-clues",
    },
}
"""Arms by name. Those that are `like` AMPLIFY are its controls: its own demonstrations without a
rationale; with random words of the whole text, or rare words, in place of the key words; with each
other's key words; with words that speak for a wrong label. Labels take turns among the
demonstrations, as LLMs lean to the label that they see more often (arXiv 2102.09690). The explainer
is the best for its cost (docs/explanation/explainers.md); the paper's own is gradient x input.
`nearest` and `amplify-nearest` show each item its neighbours in the space of a sentence encoder,
`nearest-behind-shared` a few of them behind a block that all items share (arXiv 2507.16217),
and `ambig-icl` those that the LLM got wrong between the item's likeliest labels (arXiv 2309.07900).
`conformal-labels` is for tasks of many labels: it shows those that a linear classifier cannot rule
out (arXiv 2512.05732).
Components are named in full, so that no other plugin can make a preset ambiguous."""

PLAIN = "builtin/answer-only"
"""The template of an arm that names none."""

DEFAULT_ARMS = (
    "zero-shot",
    "answer-only",
    "amplify",
    "amplify-no-rationale",
    "amplify-random-words",
)

DEFAULTS: dict[str, Any] = {
    "task": {"use": "mini/dispatches", "items": 400},
    "llm": {"use": "mini/local"},
    "proxy": {"use": "transformers/classifier"},
}
"""What a plan says nothing about."""

DEFAULT_DRAWS = 5
"""How often the arms of the default plan draw their demonstrations."""

DEFAULT_SPLIT: dict[str, Any] = {"train": 80, "pool": 120, "test": 200}
"""How the default task is split: counts, as it is generated for them."""
