"""Reads the file of a finished prompt, and refuses one that contradicts itself."""

from __future__ import annotations

from pathlib import Path

import msgspec

from amplify.contract.errors import DataError
from amplify.run.prompt.finished import SCHEMA, FinishedPrompt
from amplify.run.store.read_back import read_stored, reading


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
    calibrates = answer.prior or answer.calibrate != "none"
    if calibrates and set(answer.prior) != set(finished.labels):
        raise ValueError("field 'answer.prior' does not have the probability of each label")
    if len(finished.layouts) not in (1, answer.repeats):
        raise ValueError("field 'layouts' has neither one layout nor one for each repeat")
    if not all(layout.has_slot for layout in finished.layouts):
        raise ValueError("field 'layouts' has a layout without a slot for the input")
    if finished.choice and len({e.id for e in finished.choice.pool}) < len(finished.choice.pool):
        raise ValueError("field 'choice.pool' has two examples of one id")
