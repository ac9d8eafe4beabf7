"""The parts of a finished prompt's file, in which every key is known."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from amplify.contract.calls import AnswerMode
from amplify.loop.prompt.arm import Calibration, RepeatsBy, Unread

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the file, in which every key is known."""


class ReadBy(Strict, frozen=True):
    """How a reply that was written is read: the parser, and what it is told of the prompt.

    `reasoned` says that a chain of thought comes ahead of the answer, `answer_first` that the
    answer comes ahead of its rationale, `prefix` is what stands ahead of the label.
    """

    parser: str = "default"
    reasoned: bool = False
    answer_first: bool = False
    prefix: str = ""


class AnswerBy(Strict, frozen=True):
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
    reading: ReadBy = ReadBy()
    calibrate: Calibration = "none"
    prior: dict[str, Share] = {}
    abstain: Share | None = None
    unread: Unread = "count"
    repeats: Count = 1
    repeats_by: RepeatsBy = "sampling"


class Model(Strict, frozen=True):
    """The LLM that the prompt was measured with: how a plan names it, and its options."""

    use: str
    options: dict[str, Any] = {}
    device: str = "auto"
    seed: int = 0


class Word(Strict, frozen=True):
    """A key word of a demonstration, with its score."""

    text: str
    score: float


class ShownDemonstration(Strict, frozen=True):
    """A demonstration of the prompt, by its id in the data and in full."""

    id: str
    text: str
    label: str
    rationale: str = ""
    words: tuple[Word, ...] = ()
    mcs: float | None = None


class Provenance(Strict, frozen=True):
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
    demonstrations: tuple[ShownDemonstration, ...]
