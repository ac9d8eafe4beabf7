"""Question-and-answer templates without key words: answer only, ranking, chain of thought."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Context, Demonstration, Example, Template
from amplify.builtin.templates.layout import STATES, STOP, join
from amplify.builtin.templates.options import ChainOfThoughtOptions, LayoutOptions, PromptOptions

LABEL_ROOM = 32
"""Tokens that a ranked label may have."""


class AnswerOnly(Template):
    """`Q: input`, `A: label`; in a chat, the input and the label."""

    def __init__(self, options: PromptOptions, context: Context) -> None:
        self.chat = options.layout == "chat"
        self.system = options.system
        self.stop: tuple[str, ...] = () if self.chat else STOP
        self.max_tokens = options.max_tokens

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with its label."""
        return join(
            instruction, (self.item_part(d.example) + self.reply(d) for d in demonstrations)
        )

    def item_part(self, example: Example) -> str:
        """The item, up to where its label would stand."""
        return example.text if self.chat else f"Q: {example.text}\nA:"

    def reply(self, demonstration: Demonstration) -> str:
        """The label."""
        return f" {demonstration.example.label}"

    def continuation(self, label: str) -> str:
        """The label as it follows the item in a demonstration."""
        return label if self.chat else f" {label}"


class Ranking(AnswerOnly):
    """The prompt of `AnswerOnly`; the LLM ranks the labels by how likely each follows it."""

    def __init__(self, options: LayoutOptions, context: Context) -> None:
        super().__init__(
            PromptOptions(layout=options.layout, system=options.system, max_tokens=LABEL_ROOM),
            context,
        )
        self.stop = ()


class ChainOfThought(Template):
    """A chain of reasoning after a cue, then the answer; without demonstrations, zero-shot."""

    rationale_ahead = True
    statement = f"So the {STATES}"

    def __init__(self, options: ChainOfThoughtOptions, context: Context) -> None:
        self.chat = options.layout == "chat"
        self.system = options.system
        # A chain may hold blank lines, so that only the next question ends a reply.
        self.stop: tuple[str, ...] = () if self.chat else ("\n\nQ:", "\nQ:")
        self.max_tokens = options.max_tokens
        self.cue = options.cue

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """Each demonstration's own chain, extended so that it leads from the cue to the label."""
        return [_lead(d.rationale) for d in demonstrations]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with its chain and its label."""
        return join(
            instruction, (self.item_part(d.example) + self.reply(d) for d in demonstrations)
        )

    def item_part(self, example: Example) -> str:
        """The item, up to where its chain would stand."""
        return f"{example.text}\n{self.cue}" if self.chat else f"Q: {example.text}\nA: {self.cue}"

    def reply(self, demonstration: Demonstration) -> str:
        """The chain and the label."""
        return f"{_lead(demonstration.rationale)} {demonstration.example.label}."


def _lead(chain: str) -> str:
    """The chain with white space before it and "answer is" after it, each added where it lacks."""
    if not chain.strip():
        return f" The {STATES}"
    if not chain[0].isspace():
        chain = "\n" + chain
    return chain if chain.endswith(STATES) else f"{chain.rstrip()} So the {STATES}"
