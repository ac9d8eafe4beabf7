"""Question-and-answer templates: answer only, key words, chain of thought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify import Context, Demonstration, Example
from amplify.builtin.options import ChainOfThoughtOptions, KeyWordsOptions, PromptOptions
from amplify.builtin.templates.layout import join

_STATES = "answer is"

LABEL_ROOM = 32
"""Tokens that are left for a label that is ranked."""


class AnswerOnly:
    """`Q: input`, `A: label`."""

    def __init__(self, options: PromptOptions, context: Context) -> None:
        self.stop: tuple[str, ...] = ("\n\n", "\nQ:")
        self.max_tokens = options.max_tokens

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """No rationale for any."""
        return ["" for _ in demonstrations]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with its label."""
        return join(
            instruction, (f"Q: {d.example.text}\nA: {d.example.label}" for d in demonstrations)
        )

    def own(self, example: Example) -> str:
        """The item, up to where its label would stand."""
        return f"Q: {example.text}\nA:"


class Ranking(AnswerOnly):
    """The prompt of `AnswerOnly`; the labels are ranked by how likely they stand behind it."""

    def __init__(self, options: None, context: Context) -> None:
        self.stop = ()
        self.max_tokens = LABEL_ROOM

    def continuation(self, label: str) -> str:
        """The label as a demonstration has it behind "A:"."""
        return f" {label}"


class KeyWords(AnswerOnly):
    """AMPLIFY's own: the key words are important clues to predict the answer.

    The wording is that of the prompt which the authors published (Krishna et al. 2023).
    """

    def __init__(self, options: KeyWordsOptions, context: Context) -> None:
        super().__init__(options, context)
        self.shuffled = options.shuffled

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """The key words in the paper's sentence; a chain that is already written where none are.

        Shuffled, the words are those of the next demonstration, the label stays one's own.
        """
        shown = list(demonstrations)
        if self.shuffled:
            words = [d.words for d in shown]
            shown = [replace(d, words=w) for d, w in zip(shown, words[1:] + words[:1], strict=True)]
        return [key_word_sentence(d) if d.words else d.rationale for d in shown]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with its rationale and its label."""
        return join(instruction, map(self._block, demonstrations))

    def _block(self, demonstration: Demonstration) -> str:
        example = demonstration.example
        rationale = demonstration.rationale.strip()
        if not rationale.endswith(_STATES):
            rationale = f"{rationale} The {_STATES}".lstrip()
        return f"Q: {example.text}\nA: {rationale} {example.label}."


class ChainOfThought:
    """A chain of reasoning after a cue, then the answer; without demonstrations, zero-shot."""

    def __init__(self, options: ChainOfThoughtOptions, context: Context) -> None:
        # A chain may hold blank lines, so that only the next question ends a reply.
        self.stop: tuple[str, ...] = ("\n\nQ:", "\nQ:")
        self.max_tokens = options.max_tokens
        self.cue = options.cue

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """Each demonstration's own chain, made to lead from the cue to the label."""
        return [_lead(d.rationale) for d in demonstrations]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with its chain and its label."""
        return join(
            instruction,
            (
                f"{self.own(d.example)}{_lead(d.rationale)} {d.example.label}."
                for d in demonstrations
            ),
        )

    def own(self, example: Example) -> str:
        """The item, up to where its chain would stand."""
        return f"Q: {example.text}\nA: {self.cue}"


def key_word_sentence(demonstration: Demonstration) -> str:
    """The paper's sentence, with the key words in order."""
    *first, last = [word.text for word in demonstration.words]
    listed = f"{', '.join(first)}, and {last}" if first else last
    return (
        f"The key words: {listed} are important clues to predict {demonstration.example.label} "
        "as the correct answer."
    )


def _lead(chain: str) -> str:
    """The chain with white space in front and "answer is" behind; changes nothing twice."""
    if not chain.strip():
        return f" The {_STATES}"
    if not chain[0].isspace():
        chain = "\n" + chain
    return chain if chain.endswith(_STATES) else f"{chain.rstrip()} So the {_STATES}"
