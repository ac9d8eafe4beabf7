"""A finished prompt: all that it takes to ask an LLM about a new text, and to read its reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from amplify.contract.calls import Request
from amplify.contract.data import Example
from amplify.contract.template import Template
from amplify.loop.answer.prior import Prior
from amplify.loop.prompt.arm import Arm, drawn_name
from amplify.loop.prompt.repeats import ByRepeat
from amplify.run.prompt.choice import DemonstrationChoice
from amplify.run.prompt.layout import Layout
from amplify.run.prompt.parts import AnswerBy, Model, Provenance
from amplify.run.store.files import write_whole

SCHEMA = 1
"""The version of the file."""


class FinishedPrompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One arm with one draw of its demonstrations, finished: a file of schema 1.

    `labels` is empty for open answers. `layouts` is one layout, or where repeats differ in the
    order of the demonstrations one for each repeat. `columns` are the columns of the data that the
    prompt was measured with, where these have names. `choice` says how demonstrations are chosen
    for each input, where the layout does not have them.
    """

    arm: str
    draw: int
    labels: tuple[str, ...]
    instruction: str
    layouts: Annotated[tuple[Layout, ...], msgspec.Meta(min_length=1)]
    answer: AnswerBy
    llm: Model
    provenance: Provenance
    columns: dict[str, str] = {}
    choice: DemonstrationChoice | None = None
    kind: Literal["amplify-prompt"] = "amplify-prompt"
    schema: Literal[1] = 1

    @property
    def layout(self) -> Layout:
        """The layout of the first, as a rule the only, repeat."""
        return self.layouts[0]

    def layout_with(self, chosen: Sequence[str]) -> Layout:
        """The layout of an input, for which demonstrations may be chosen, by their ids, the best
        first."""
        return self.choice.layout(self.layout, chosen) if self.choice else self.layout

    @property
    def name(self) -> str:
        """The name of the arm, with its draw where it has several."""
        return drawn_name(self.arm, self.draw)

    @property
    def prior(self) -> Prior | None:
        """The prior by which probabilities are calibrated; None where they are not."""
        if self.answer.calibrate == "none":
            return None
        return Prior(1, self.answer.prior)

    def requests(
        self, items: Sequence[Example], of_items: Sequence[Layout] | None = None
    ) -> ByRepeat:
        """The requests that ask about the items, for each repeat.

        `of_items` has a layout for each item, where demonstrations are chosen for it.
        """
        answer = self.answer
        repeats = []
        for repeat in range(answer.repeats):
            by_order = len(self.layouts) > 1
            layouts = of_items or [self.layouts[repeat if by_order else 0]] * len(items)
            first = [
                Request(
                    layout.prompt(item.text),
                    self.name,
                    item.id,
                    answer.max_tokens,
                    answer.stop,
                    tuple(answer.ranked.values()),
                    answer.cue,
                    answer.mode == "complete",
                )
                for item, layout in zip(items, layouts, strict=True)
            ]
            number = 0 if by_order else repeat
            repeats.append(tuple(replace(request, repeat=number) for request in first))
        return tuple(repeats)

    def as_arm(self) -> Arm:
        """An arm that reads replies as the run's arm does; it chooses and explains nothing."""
        answer, how = self.answer, self.answer.reading
        return Arm(
            self.name,
            None,
            None,
            _Laid(answer, self.layout.form == "chat"),
            0,
            0,
            (),
            reasoned=how.reasoned,
            answer=answer.mode,
            calibrate=answer.calibrate,
            abstain=answer.abstain,
            unread=answer.unread,
            repeats=answer.repeats,
            repeats_by=answer.repeats_by,
            answer_first=how.answer_first,
            prefix=how.prefix,
            draw=self.draw,
        )

    def encoded(self) -> str:
        """The file's text."""
        table: Mapping[str, Any] = msgspec.to_builtins(self)
        head = {"kind": self.kind, "schema": self.schema}
        text = msgspec.json.format(msgspec.json.encode({**head, **table, **head}), indent=2)
        return text.decode() + "\n"

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write_whole(path, self.encoded())


class _Laid(Template):
    """What reading replies asks of a template, by what the file says."""

    def __init__(self, answer: AnswerBy, chat: bool) -> None:
        self.stop = answer.stop
        self.max_tokens = answer.max_tokens
        self.chat = chat
        self.statement = answer.statement
        self.prefix = answer.reading.prefix or None
        self._ranked = answer.ranked

    def continuation(self, label: str) -> str:
        """The text that is ranked in the label's place."""
        return self._ranked[label]
