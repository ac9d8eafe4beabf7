"""The templates `key-words` and `file`, whose text is a wording: a file of Jinja2 blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from amplify import Context, Demonstration, Example, KeyWord, PlanError, Template
from amplify.builtin.templates.layout import STATES, STOP, join
from amplify.builtin.templates.options import (
    PREFIX,
    FileTemplateOptions,
    KeyWordsOptions,
    WordedOptions,
)
from amplify.builtin.templates.wording import Wording, read_wording, shipped_wording

_QUOTES = {"none": "", "single": "'", "double": '"'}

_LEAD_IN = re.compile(rf"[^.!?\n]*\b{STATES}\Z")
"""The beginning of a statement of the answer, with which a chain may end."""

_LABEL_SLOT = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Takes the place of a label while the text before the label is looked for."""


class WordedTemplate(Template):
    """Writes a question, a rationale and a statement of the answer as a wording has them.

    `prefix` is the text before the label in that statement; `answer_first` says that the rationale
    follows it.
    """

    def __init__(self, wording: Wording, options: WordedOptions) -> None:
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
        prefix, self._gap = self._label_prefix()
        self.prefix: str = prefix
        self.rationale_ahead = not self.answer_first
        self.statement = self.prefix or PREFIX

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """A rationale for each demonstration: its key words in the wording, else its own chain.

        With the option `shuffled` a demonstration has the key words of the next one, and its own
        label.
        """
        shown = list(demonstrations)
        if self.options.shuffled:
            words = [d.words for d in shown]
            shown = [replace(d, words=w) for d, w in zip(shown, words[1:] + words[:1], strict=True)]
        return [self._rationale(d) if d.words else d.rationale for d in shown]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with its rationale and its label."""
        return join(
            instruction, (self.item_part(d.example) + self.reply(d) for d in demonstrations)
        )

    def item_part(self, example: Example) -> str:
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

    def continuation(self, label: str) -> str:
        """The label as it follows the statement of the answer in a demonstration."""
        return self._gap + label

    def _label_prefix(self) -> tuple[str, str]:
        """The text before every label, and the white space between; no text where it depends on
        the example."""
        try:
            stated = self._answer("", "", _LABEL_SLOT)
        except PlanError:
            return "", " "
        before, slot, _ = stated.partition(_LABEL_SLOT)
        if not slot or not before.strip():
            return "", " "
        return before.strip(), before[len(before.rstrip()) :]

    def _rationale(self, demonstration: Demonstration) -> str:
        example = demonstration.example
        words = self._in_order(demonstration.words)
        return self.wording.render(
            "rationale",
            _about(example),
            text=example.text,
            label=example.label,
            words=words,
            listed=listed(words),
        )

    def _in_order(self, words: Sequence[KeyWord]) -> list[str]:
        """The words, in the order and the quotes of the options."""
        if self.options.order == "text":
            words = sorted(words, key=lambda word: word.places[:1])
        quote = _QUOTES[self.options.quotes]
        return [f"{quote}{word.text}{quote}" for word in words]


def key_words_template(options: KeyWordsOptions, context: Context) -> WordedTemplate:
    """The template `key-words`: AMPLIFY's rationale in one of the shipped wordings.

    The wording `paper` is that of the prompt which Krishna et al. (2023) published.
    """
    return WordedTemplate(shipped_wording(options.wording), options)


def file(options: FileTemplateOptions, context: Context) -> WordedTemplate:
    """The template `file`: the wording of a user's file."""
    return WordedTemplate(read_wording(options.path, context), options)


def listed(words: Sequence[str]) -> str:
    """The words as an English list: `a`; `a, and b`; `a, b, and c`."""
    *first, last = words
    return f"{', '.join(first)}, and {last}" if first else last


def _about(example: Example) -> str:
    return f"example {example.id}"
