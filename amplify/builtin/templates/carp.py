"""The template `carp`: clues, the reasoning from them, then the answer (arXiv 2305.08377)."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Context, Demonstration, Example, Template
from amplify.builtin.templates.layout import STATES, join
from amplify.builtin.templates.options import CarpOptions

CLUES = "Clues:"
REASONING = "Reasoning:"

TASK = (
    "First list the clues in the input (key words, phrases, tone, references and what they imply),"
    " then reason from the clues, then give the answer."
)
"""What the LLM is asked to do; the demonstrations show how."""


class Carp(Template):
    """Clue And Reasoning Prompting (Sun et al. 2023), with or without demonstrations.

    The rationale of a demonstration holds its clues and, behind `Reasoning:`, the reasoning.
    """

    rationale_ahead = True
    statement = f"The {STATES}"

    def __init__(self, options: CarpOptions, context: Context) -> None:
        self.chat = options.layout == "chat"
        self.system = options.system
        self.stop: tuple[str, ...] = () if self.chat else ("\n\nQ:", "\nQ:")
        self.max_tokens = options.max_tokens

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """Each demonstration's own clues and reasoning."""
        return [shown.rationale for shown in demonstrations]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction, what the LLM is to do, and each demonstration with all three parts."""
        parts = (self.item_part(d.example) + self.reply(d) for d in demonstrations)
        return join(instruction, [TASK, *parts])

    def item_part(self, example: Example) -> str:
        """The item, up to where its clues would stand."""
        return f"{example.text}\n{TASK}" if self.chat else f"Q: {example.text}\n{CLUES}"

    def reply(self, demonstration: Demonstration) -> str:
        """The clues, the reasoning and the label."""
        written = demonstration.rationale.strip()
        answer = f"{self.statement} {demonstration.example.label}."
        lines = f"{written}\n{answer}" if written else answer
        return f"{CLUES} {lines}" if self.chat else f" {lines}"
