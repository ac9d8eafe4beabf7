"""What is taken over from another tool: prompts, labelled items, the LLM, and what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amplify.contract.calls import Message

MARK = "{{input}}"
"""What stands in a prompt in the place of the item's text."""

DEMONSTRATED = "answer-only"
"""The preset arm that the prompts are compared with, where there are examples to show."""


@dataclass(frozen=True)
class ImportedPrompt:
    """A prompt by its name; `MARK` stands in the last of its messages."""

    name: str
    messages: Sequence[Message]


@dataclass(frozen=True)
class ImportedItem:
    """A labelled text."""

    text: str
    label: str


@dataclass(frozen=True)
class Imported:
    """Prompts and items. `llm` is the section of the plan, `reply` the options of a template that
    say how a reply ends; `notes` tell what was not taken over."""

    prompts: Sequence[ImportedPrompt]
    items: Sequence[ImportedItem]
    llm: Mapping[str, Any] = field(default_factory=dict)
    reply: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
