"""A finished prompt: all that it takes to ask an LLM about a new text, and to read its reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from amplify.contract.calls import AnswerMode, Request
from amplify.contract.data import Example
from amplify.contract.errors import DataError
from amplify.contract.template import Template
from amplify.loop.answer.prior import Prior
from amplify.loop.prompt.arm import Arm, Calibration, RepeatsBy, Unread, drawn_name
from amplify.loop.prompt.repeats import ByRepeat
from amplify.run.prompt.layout import Layout
from amplify.run.store.files import write_whole
from amplify.run.store.read_back import read_stored, reading

SCHEMA = 1
"""The version of the file."""

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the file, in which every key is known."""


class Reading(_Strict, frozen=True):
    """How a reply that was written is read: the parser, and what it is told of the prompt.

    `reasoned` says that a chain of thought comes ahead of the answer, `answer_first` that the
    answer comes ahead of its rationale, `prefix` is what stands ahead of the label.
    """

    parser: str = "default"
    reasoned: bool = False
    answer_first: bool = False
    prefix: str = ""


class AnswerBy(_Strict, frozen=True):
    """How the answer is asked for.

    `mode` is "write", "rank" or "complete" (a rationale is written, then the labels are ranked);
    `ranked` has the text that is ranked in each label's place, which stands behind the prompt and
    the `cue`. `statement` is what a label stands behind. `prior` holds the label probabilities by
    which those of a reply are calibrated; `abstain` how probable the likeliest label has to be.
    `unread` says whether an unread reply is asked for its answer in a second call, `repeats` how
    often each input is asked.
    """

    mode: AnswerMode
    max_tokens: Count
    stop: tuple[str, ...] = ()
    ranked: dict[str, str] = {}
    cue: str = ""
    statement: str = ""
    reading: Reading = Reading()
    calibrate: Calibration = "none"
    prior: dict[str, Share] = {}
    abstain: Share | None = None
    unread: Unread = "count"
    repeats: Count = 1
    repeats_by: RepeatsBy = "sampling"


class Model(_Strict, frozen=True):
    """The LLM that the prompt was measured with: how a plan names it, and its options."""

    use: str
    options: dict[str, Any] = {}
    device: str = "auto"
    seed: int = 0


class Word(_Strict, frozen=True):
    """A key word of a demonstration, with its score."""

    text: str
    score: float


class Shown(_Strict, frozen=True):
    """A demonstration of the prompt, by its id in the data and in full."""

    id: str
    text: str
    label: str
    rationale: str = ""
    words: tuple[Word, ...] = ()
    mcs: float | None = None


class Provenance(_Strict, frozen=True):
    """Where the prompt comes from, and what was measured of it.

    `plan` and `prompts` are the digests of the run's record; `score` and `gain` are parts of that
    record, `verdict` is its sentences.
    """

    task: str
    plan: str
    prompts: str
    data: dict[str, Any]
    provider: dict[str, Any]
    versions: dict[str, str]
    score: dict[str, Any]
    gain: dict[str, Any] | None
    verdict: tuple[str, ...]
    demonstrations: tuple[Shown, ...]


class FinishedPrompt(_Strict, frozen=True):
    """One arm with one draw of its demonstrations, finished: a file of schema 1.

    `labels` is empty for open answers. `layouts` is one layout, or where repeats differ in the
    order of the demonstrations one for each repeat. `columns` are the columns of the data that the
    prompt was measured with, where these have names.
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
    kind: Literal["amplify-prompt"] = "amplify-prompt"
    schema: Literal[1] = 1

    @property
    def layout(self) -> Layout:
        """The layout of the first, as a rule the only, repeat."""
        return self.layouts[0]

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

    def requests(self, items: Sequence[Example]) -> ByRepeat:
        """The requests that ask about the items, for each repeat."""
        answer = self.answer
        repeats = []
        for repeat in range(answer.repeats):
            by_order = len(self.layouts) > 1
            layout = self.layouts[repeat if by_order else 0]
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
                for item in items
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


def read_finished(path: Path) -> FinishedPrompt:
    """The finished prompt of a file; DataError where it holds none, or one of a later version."""
    hint = "make it anew: amplify export RUN -o FILE"
    with reading(path, "it holds no finished prompt", hint):
        text = read_stored(path)
        head = msgspec.json.decode(text, type=_Head)
        if head.kind != "amplify-prompt":
            raise ValueError("field 'kind' is to be 'amplify-prompt'")
    if head.schema > SCHEMA:
        raise DataError(
            f"the prompt is of schema {head.schema}, and this version of amplify reads {SCHEMA}",
            where=str(path),
            hint="upgrade amplify: pip install --upgrade amplify-icl",
        )
    with reading(path, "it holds no finished prompt", hint):
        finished = msgspec.json.decode(text, type=FinishedPrompt)
        _check(finished)
    return finished


class _Head(msgspec.Struct):
    """What tells a finished prompt, and its version, whatever else is in the file."""

    kind: str
    schema: int


def _check(finished: FinishedPrompt) -> None:
    """ValueError where parts of the file contradict each other."""
    from amplify.loop.answer.parse import PARSERS

    answer = finished.answer
    if answer.reading.parser not in PARSERS:
        known = ", ".join(PARSERS)
        raise ValueError(f"field 'answer.reading.parser' is to be one of {known}")
    if answer.mode != "write" and set(answer.ranked) != set(finished.labels):
        raise ValueError("field 'answer.ranked' does not have the text of each label")
    if len(set(answer.ranked.values())) < len(answer.ranked):
        raise ValueError("field 'answer.ranked' has one text for two labels")
    if answer.prior and set(answer.prior) != set(finished.labels):
        raise ValueError("field 'answer.prior' does not have the probability of each label")
    if len(finished.layouts) not in (1, answer.repeats):
        raise ValueError("field 'layouts' has neither one layout nor one for each repeat")
    if not all(layout.has_slot for layout in finished.layouts):
        raise ValueError("field 'layouts' has a layout without a slot for the input")
