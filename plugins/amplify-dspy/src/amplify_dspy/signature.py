"""The task as a signature of DSPy: a text, and the label that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import dspy

TEXT, REASONING, LABEL = "text", "reasoning", "label"
"""The fields of the signature."""

HEADER = f"[[ ## {LABEL} ## ]]"
"""What stands above the label, in a demonstration and in a reply."""

STOP = "[[ ## completed ## ]]"
"""What ends a reply."""


def task_signature(labels: Sequence[str], instruction: str, reasoning: bool) -> Any:
    """The signature of the task; without an instruction it has DSPy's own.

    `labels` are the task's: replies are read as one of them; without any, as a text. `reasoning`
    puts a field for it ahead of the label, as `dspy.ChainOfThought` does.
    """
    label: Any = Literal[tuple(labels)] if labels else str
    fields: dict[str, Any] = {TEXT: (str, dspy.InputField())}
    if reasoning:
        # Described as ChainOfThought describes it.
        fields[REASONING] = (str, dspy.OutputField(desc="${reasoning}"))
    fields[LABEL] = (label, dspy.OutputField())
    return dspy.Signature(fields, instruction) if instruction else dspy.Signature(fields)


def chat_adapter() -> Any:
    """DSPy's adapter, which asks a reply that it cannot read for no JSON in a second call."""
    return dspy.ChatAdapter(use_json_adapter_fallback=False)


def written(signature: Any, demos: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, Any]]:
    """The messages as DSPy's adapter writes them; the last one holds the text."""
    messages: list[dict[str, Any]] = chat_adapter().format(signature, list(demos), {TEXT: text})
    return messages
