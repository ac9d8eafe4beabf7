"""Recorded calls: transcript files, and the final question of a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amplify import DataError
from amplify.builtin.files import read_json

PREFIX = 30
"""The fewest characters by which a question that was cut off is still known."""


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded call, and where it stands."""

    prompt: str
    reply: str
    place: str


def read_transcript(path: Path) -> tuple[list[Record], str]:
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
        records.append(Record(values[0], values[1], place))
    if not records:
        raise DataError("holds no recorded reply", where=str(path))
    return records, digest


def index_by(keys: list[str | None], records: list[Record], what: str) -> dict[str, Record]:
    """Records by key; two of one key must give the same reply, or which one counts is a guess."""
    index: dict[str, Record] = {}
    for key, record in zip(keys, records, strict=True):
        if key is None:
            continue
        known = index.setdefault(key, record)
        if known.reply != record.reply:
            raise DataError(
                f"the same {what} has two different replies",
                where=f"{known.place}, and {record.place}",
                hint="keep one of the two",
            )
    return index


def final_question(prompt: str) -> str | None:
    """What stands between the last "Q: " and the last "A:" of a prompt, None without them."""
    start = prompt.rfind("\n\nQ: ")
    start = start + len("\n\nQ: ") if start >= 0 else (3 if prompt.startswith("Q: ") else -1)
    end = prompt.rfind("\nA:")
    return prompt[start:end].strip() if 0 <= start <= end else None


def find_question(question: str, index: dict[str, Record]) -> tuple[Record, str] | None:
    """The record of a question and how it was found; one that was cut off has a unique rest."""
    if question in index:
        return index[question], "replayed by item"
    if len(question) >= PREFIX:
        longer = [record for known, record in index.items() if known.startswith(question)]
        if len(longer) == 1:
            return longer[0], "replayed by item, known by its beginning"
    return None
