"""Marks that stand for the input where a format has no slots of its own."""

from __future__ import annotations

from amplify.run.prompt.layout import Layout


def mark_of(layout: Layout) -> str:
    """`{{input}}`, or a longer mark where the prompt itself holds that text."""
    mark, number = "{{input}}", 1
    while any(mark in text for text in layout.literals):
        number += 1
        mark = f"{{{{input_{number}}}}}"
    return mark


def marked_messages(layout: Layout, mark: str) -> list[dict[str, str]]:
    """The messages with the mark in place of the input."""
    return [{"role": turn.role, "content": turn.content(mark)} for turn in layout.turns]
