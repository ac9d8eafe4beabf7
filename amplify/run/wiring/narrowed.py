"""Gives a component no more of a run than it says that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.component import Need
from amplify.contract.context import Ask, Context
from amplify.contract.data import Task
from amplify.loop.checked.asking import asking_apart
from amplify.loop.checked.copies import example_apart


def narrowed(context: Context, needs: Sequence[Need], task: Task, ask: Ask) -> Context:
    """The context with the training split and the LLM for a component that needs them."""
    return replace(
        context,
        train=tuple(map(example_apart, task.train)) if "train" in needs else (),
        ask=asking_apart(ask) if "llm" in needs else None,
    )
