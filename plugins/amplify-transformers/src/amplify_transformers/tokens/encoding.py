"""From rows of text to token ids, with each token's character range in the example's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify_transformers.models.architecture import filler_id
from amplify_transformers.tokens.special_tokens import (
    break_tokens,
    placeholder_tokens,
    spells,
    structural_tokens,
)

Offset = tuple[int, int] | None
"""The characters of the example's text that a token stands for; None where it stands for none."""


@dataclass(frozen=True, slots=True)
class TextRow:
    """The text of one row of a model's input: a text, or a pair of them.

    `start` and `pair_start` say where `text` and `pair` begin in the example's text; `pair_start`
    is None for a pair that is no part of it.
    """

    text: str
    start: int = 0
    pair: str | None = None
    pair_start: int | None = None


@dataclass(frozen=True, slots=True)
class EncodedRow:
    """One row of a model's input: for each token its id, its token type and its offset."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    offsets: tuple[Offset, ...]


def encode(tokenizer: Any, rows: Sequence[TextRow], limit: int | None) -> list[EncodedRow]:
    """The rows as token ids, in order, special tokens included.

    `limit` is the most tokens of a row. A longer row loses the end of its text, so that an option
    keeps its own; only where the option alone fills the row are both cut. A text that spells a
    special token is read as text, but for placeholders.
    """
    # Between the parts of a pair, a tokenizer that has no separator would join their words.
    separator = (
        " "
        if tokenizer.num_special_tokens_to_add(pair=True)
        == tokenizer.num_special_tokens_to_add(pair=False)
        else ""
    )
    return [_encode_row(tokenizer, row, limit, separator) for row in rows]


def _encode_row(tokenizer: Any, row: TextRow, limit: int | None, separator: str) -> EncodedRow:
    parts: tuple[str, ...] = (row.text,) if row.pair is None else (row.text, separator + row.pair)
    settings = {"return_offsets_mapping": True, "verbose": False, "split_special_tokens": True}
    if spells(parts, placeholder_tokens(tokenizer)):
        settings["split_special_tokens"] = False
        parts = tuple(break_tokens(part, structural_tokens(tokenizer)) for part in parts)
    encoding = tokenizer(*parts, **settings)
    if limit is not None and len(encoding["input_ids"]) > limit:
        second = sum(index == 1 for index in encoding.sequence_ids(0))
        special = sum(index is None for index in encoding.sequence_ids(0))
        cut = "only_first" if second + special < limit else "longest_first"
        encoding = tokenizer(*parts, **settings, truncation=cut, max_length=limit)
    ids = tuple(encoding["input_ids"])
    if not ids:
        return EncodedRow((filler_id(tokenizer),), (0,), (None,))
    shifts = (row.start, None if row.pair_start is None else row.pair_start - len(separator))
    offsets: list[Offset] = []
    for part, (start, end) in zip(
        encoding.sequence_ids(0), encoding["offset_mapping"], strict=True
    ):
        shift = None if part is None else shifts[part]
        if shift is None or end <= start:
            offsets.append(None)
        else:
            # The separator belongs to no text: a token that begins with it begins after it.
            first = shift + (start if part == 0 else max(start, len(separator)))
            offsets.append((first, shift + end) if shift + end > first else None)
    types = encoding.get("token_type_ids") or [0] * len(ids)
    return EncodedRow(ids, tuple(types), tuple(offsets))
