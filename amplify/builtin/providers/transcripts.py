"""Recorded calls: transcript files, and the final question of a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amplify import DataError
from amplify.builtin.files import read_json

LEAST_PREFIX = 30
"""The fewest characters by which a question that was cut off is recognised."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A prompt and the reply to it; `place` is the file and the entry that errors name."""

    prompt: str
    reply: str
    place: str


def read_transcript(path: Path) -> tuple[list[RecordedCall], str]:
    """The calls of `{"outputs": [{"input", "prediction"}]}`, and the file's SHA-256."""
    value, digest = read_json(path)
    outputs = value.get("outputs") if isinstance(value, dict) else None
    if not isinstance(outputs, list):
        raise DataError(
            'needs a list "outputs" at the top',
            where=str(path),
            hint='{"outputs": [{"input": the prompt, "prediction": the reply}]} is read',
        )
    records = []
    for index, output in enumerate(outputs):
        place = f"{path}, output {index}"
        values = [
            output.get(k) if isinstance(output, dict) else None for k in ("input", "prediction")
        ]
        if not isinstance(values[0], str) or not isinstance(values[1], str):
            raise DataError("needs text as 'input' and as 'prediction'", where=place)
        records.append(RecordedCall(values[0], values[1], place))
    if not records:
        raise DataError("holds no recorded reply", where=str(path))
    return records, digest


def index_by(
    keys: list[str | None], records: list[RecordedCall], what: str
) -> dict[str, RecordedCall]:
    """The records by their keys; DataError where two of one key have different replies.

    A record whose key is None is left out; `what` is the name of the key in errors.
    """
    index: dict[str, RecordedCall] = {}
    for key, record in zip(keys, records, strict=True):
        if key is None:
            continue
        first = index.setdefault(key, record)
        if first.reply != record.reply:
            raise DataError(
                f"the same {what} has two different replies",
                where=f"{first.place}, and {record.place}",
                hint="keep one of the two",
            )
    return index


def final_question(prompt: str) -> str | None:
    """The text between the last "Q: " and the last "A:" of a prompt; None where they lack."""
    start = prompt.rfind("\n\nQ: ")
    start = start + len("\n\nQ: ") if start >= 0 else (3 if prompt.startswith("Q: ") else -1)
    end = prompt.rfind("\nA:")
    return prompt[start:end].strip() if 0 <= start <= end else None


def find_question(question: str, index: dict[str, RecordedCall]) -> tuple[RecordedCall, str] | None:
    """The record of a question, and a note on how it was found.

    A question that was cut off matches the only recorded question that begins with it.
    """
    if question in index:
        return index[question], "replayed by item"
    if len(question) >= LEAST_PREFIX:
        longer = [record for recorded, record in index.items() if recorded.startswith(question)]
        if len(longer) == 1:
            return longer[0], "replayed by item, known by its beginning"
    return None
