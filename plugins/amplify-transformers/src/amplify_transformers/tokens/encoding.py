"""From rows to token ids, with each token's place in the example's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify_transformers.models.architecture import filler_id
from amplify_transformers.tokens.special_tokens import disarm, spells, stand_ins, structural

Offset = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class TextRow:
    """The text of one row of a model's input: a text, or a `pair` of them.

    `start` and `pair_start` say where `text` and `pair` begin in the example's text; None for a
    pair that does not stand in it.
    """

    text: str
    start: int = 0
    pair: str | None = None
    pair_start: int | None = None


@dataclass(frozen=True, slots=True)
class EncodedRow:
    """A row as the model reads it; `places` are character ranges in the example's text."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    places: tuple[Offset, ...]


def encode(tokenizer: Any, rows: Sequence[TextRow], limit: int | None) -> list[EncodedRow]:
    """The rows' tokens, in order, special ones included; `limit` is the most a row may have.

    A longer row loses the end of its text, so that an option keeps its own; only where the option
    alone fills the row are both cut. What is lost has no place. A text that spells a special token
    is read as text, but for those that stand for a hidden word.
    """
    # A tokenizer that puts nothing between the two parts of a pair would glue their words.
    glue = (
        " "
        if tokenizer.num_special_tokens_to_add(pair=True)
        == tokenizer.num_special_tokens_to_add(pair=False)
        else ""
    )
    return [_encode_row(tokenizer, row, limit, glue) for row in rows]


def _encode_row(tokenizer: Any, row: TextRow, limit: int | None, glue: str) -> EncodedRow:
    parts: tuple[str, ...] = (row.text,) if row.pair is None else (row.text, glue + row.pair)
    asked = {"return_offsets_mapping": True, "verbose": False, "split_special_tokens": True}
    if spells(parts, stand_ins(tokenizer)):
        asked["split_special_tokens"] = False
        parts = tuple(disarm(part, structural(tokenizer)) for part in parts)
    found = tokenizer(*parts, **asked)
    if limit is not None and len(found["input_ids"]) > limit:
        second = sum(index == 1 for index in found.sequence_ids(0))
        special = sum(index is None for index in found.sequence_ids(0))
        cut = "only_first" if second + special < limit else "longest_first"
        found = tokenizer(*parts, **asked, truncation=cut, max_length=limit)
    ids = tuple(found["input_ids"])
    if not ids:
        return EncodedRow((filler_id(tokenizer),), (0,), (None,))
    shifts = (row.start, None if row.pair_start is None else row.pair_start - len(glue))
    places: list[Offset] = []
    for index, (start, end) in zip(found.sequence_ids(0), found["offset_mapping"], strict=True):
        shift = None if index is None else shifts[index]
        if shift is None or end <= start:
            places.append(None)
        else:
            # The glue belongs to no text: a token that begins with it begins after it.
            first = shift + (start if index == 0 else max(start, len(glue)))
            places.append((first, shift + end) if shift + end > first else None)
    types = found.get("token_type_ids") or [0] * len(ids)
    return EncodedRow(ids, tuple(types), tuple(places))
