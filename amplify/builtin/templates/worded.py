"""Templates whose text is data: AMPLIFY's key words in a shipped wording, and a user's own file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from amplify import Context, Demonstration, Example, KeyWord, PlanError
from amplify.builtin.options import PREFIX, FileTemplateOptions, KeyWordsOptions, WrittenOptions
from amplify.builtin.templates.layout import STATES, STOP, join
from amplify.builtin.templates.wording import Wording, read_wording, shipped_wording

_QUOTES = {"none": "", "single": "'", "double": '"'}

_LEAD_IN = re.compile(rf"[^.!?\n]*\b{STATES}\Z")
"""The beginning of a statement that a written chain may end with."""

_SLOT = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in for a label where the words ahead of it are looked for."""


class Written:
    """A question, then a rationale and a statement of the answer, all three by a wording.

    `prefix` is what stands ahead of the label in that statement; `answer_first` says that the
    rationale stands behind it.
    """

    def __init__(self, wording: Wording, options: WrittenOptions) -> None:
        self.wording = wording
        self.options = options
        self.chat = options.layout == "chat"
        self.system = options.system
        self.stop: tuple[str, ...] = () if self.chat else STOP
        if options.stop is not None:
            self.stop = options.stop
        self.max_tokens = options.max_tokens
        self.answer_first = options.rationale == "after"
        if options.prefix != PREFIX and "prefix" not in wording.reads["answer"]:
            raise PlanError(
                "the option `prefix` has no place: the file's block 'answer' does not use it",
                where=str(wording.path),
                hint="write {{ prefix }} in that block, or leave the option out",
            )
        self.prefix = self._ahead_of_the_label()

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """The key words as the wording has them; a chain that is already written where none are.

        Shuffled, the words are those of the next demonstration, the label stays one's own.
        """
        shown = list(demonstrations)
        if self.options.shuffled:
            words = [d.words for d in shown]
            shown = [replace(d, words=w) for d, w in zip(shown, words[1:] + words[:1], strict=True)]
        return [self._rationale(d) if d.words else d.rationale for d in shown]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with its rationale and its label."""
        return join(instruction, (self.own(d.example) + self.reply(d) for d in demonstrations))

    def own(self, example: Example) -> str:
        """The item, up to where the reply begins."""
        return self.wording.render("query", _about(example), text=example.text, chat=self.chat)

    def reply(self, demonstration: Demonstration) -> str:
        """The rationale and the answer, in the order of the options."""
        example = demonstration.example
        rationale = demonstration.rationale.strip()
        leads = rationale.endswith(STATES)
        if leads and self.prefix.endswith(STATES) and not self.answer_first:
            return f" {rationale} {example.label}."
        if leads:
            rationale = _LEAD_IN.sub("", rationale).rstrip()
        answer = self._answer(_about(example), example.text, example.label)
        parts = (answer, rationale) if self.answer_first else (rationale, answer)
        return "".join(f" {part}" for part in parts if part)

    def _answer(self, about: str, text: str, label: str) -> str:
        prefix = self.options.prefix
        return self.wording.render("answer", about, text=text, label=label, prefix=prefix).strip()

    def _ahead_of_the_label(self) -> str:
        """What the wording puts ahead of any label; empty where that hangs on text or label."""
        try:
            stated = self._answer("", "", _SLOT)
        except PlanError:
            return ""
        return stated.partition(_SLOT)[0].strip() if _SLOT in stated else ""

    def _rationale(self, demonstration: Demonstration) -> str:
        example = demonstration.example
        words = self._shown(demonstration.words)
        return self.wording.render(
            "rationale",
            _about(example),
            text=example.text,
            label=example.label,
            words=words,
            listed=listed(words),
        )

    def _shown(self, words: Sequence[KeyWord]) -> list[str]:
        """The words in the order and the quotes that the options ask for."""
        if self.options.order == "text":
            words = sorted(words, key=lambda word: word.places[:1])
        quote = _QUOTES[self.options.quotes]
        return [f"{quote}{word.text}{quote}" for word in words]


def key_words(options: KeyWordsOptions, context: Context) -> Written:
    """AMPLIFY's own: the key words are important clues to the answer, in a shipped wording.

    That of the paper is the one of the prompt which its authors published (Krishna et al. 2023).
    """
    return Written(shipped_wording(options.wording), options)


def file(options: FileTemplateOptions, context: Context) -> Written:
    """The wording of a user's file."""
    return Written(read_wording(options.path, context), options)


def listed(words: Sequence[str]) -> str:
    """The words as an English list: `a`; `a, and b`; `a, b, and c`."""
    *first, last = words
    return f"{', '.join(first)}, and {last}" if first else last


def _about(example: Example) -> str:
    return f"example {example.id}"
