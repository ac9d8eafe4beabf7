"""The verbalizer's rows: a prompt with a label in it, and which of its tokens are the label's.

Text and label are tokenised together, and split by token ids, never by strings: what a tokenizer
makes of the join is what the model would read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify import DataError, Example
from amplify_transformers.models.architecture import filler_id
from amplify_transformers.tokens.encoding import EncodedRow, Offset
from amplify_transformers.tokens.special_tokens import (
    break_tokens,
    placeholder_tokens,
    special_tokens,
    spells,
    structural_tokens,
)


@dataclass(frozen=True, slots=True)
class Cloze:
    """A row of the verbalizer, the positions of the label's tokens in it, and their ids.

    For a masked model the row shows masks at these positions.
    """

    row: EncodedRow
    label_positions: tuple[int, ...]
    label_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClozeFormat:
    """A prompt format in its parts: before the text, between it and the label, after the label.

    `has_special` says that the format itself spells special tokens. `placeholders` are those of the
    tokenizer that stand for a hidden word, `structural` its other special tokens.
    """

    before: str
    between: str
    after: str
    has_special: bool = False
    placeholders: tuple[str, ...] = ()
    structural: tuple[str, ...] = ()

    @classmethod
    def of(cls, prompt: str, causal: bool, tokenizer: Any) -> ClozeFormat:
        """The parts of `prompt`; a causal model never reads what follows the label."""
        before, rest = prompt.split("{text}")
        between, after = rest.split("{label}")
        return cls(
            before,
            between,
            "" if causal else after,
            spells([prompt], special_tokens(tokenizer)),
            placeholder_tokens(tokenizer),
            structural_tokens(tokenizer),
        )


def label_texts(example: Example, labels: tuple[str, ...], letters: bool) -> tuple[str, ...]:
    """What stands for each label in the row: the option's text, or with `letters` the label itself.

    An option that has lost its words, as happens where an explainer removes them, keeps its label.
    """
    if not example.options or letters:
        return labels
    texts = (example.text[option.start : option.end] for option in example.options)
    return tuple(text if text.strip() else name for text, name in zip(texts, labels, strict=True))


def clozes(
    tokenizer: Any,
    cloze_format: ClozeFormat,
    text: str,
    labels: Sequence[str],
    limit: int | None,
    mask: int | None,
) -> list[Cloze]:
    """A row for each label; `mask` is the id that hides the label's tokens, None for causal models.

    A row of more than `limit` tokens loses the end of the text. Text and labels that spell a
    special token are read as text, but for placeholders; beside one of these, or in a format that
    has special tokens itself, the others lose their first letter. Raises DataError for a label that
    has no token, and for a prompt that is too long without any text.
    """
    return [_cloze(tokenizer, cloze_format, text, label, limit, mask) for label in labels]


def _cloze(
    tokenizer: Any,
    cloze_format: ClozeFormat,
    text: str,
    label: str,
    limit: int | None,
    mask: int | None,
) -> Cloze:
    start = len(cloze_format.before)
    end = start + len(text)
    label_start = end + len(cloze_format.between)
    label_end = label_start + len(label)
    reads_special = cloze_format.has_special or spells([text, label], cloze_format.placeholders)
    shown = (text, label)
    if reads_special:
        shown = (
            break_tokens(text, cloze_format.structural),
            break_tokens(label, cloze_format.structural),
        )
    encoding = tokenizer(
        cloze_format.before + shown[0] + cloze_format.between + shown[1] + cloze_format.after,
        return_offsets_mapping=True,
        verbose=False,
        split_special_tokens=not reads_special,
    )
    ids, ranges = list(encoding["input_ids"]), list(encoding["offset_mapping"])
    types = list(encoding.get("token_type_ids") or [0] * len(ids))
    in_text = [index is not None for index in encoding.sequence_ids(0)]
    # The space before a label is part of it in most vocabularies: it counts with each, or labels
    # whose first piece holds it would be compared with labels whose first piece does not.
    space_start = end + len(cloze_format.between.rstrip(" "))
    label_tokens = {
        i
        for i, (a, b) in enumerate(ranges)
        if in_text[i] and _is_label_token(a, b, space_start, label_start, label_end)
    }
    if not label_tokens:
        raise DataError(f"label {label!r} has no token in this model's vocabulary")
    offsets: list[Offset] = [
        # A token that also holds a piece of the label or of the prompt keeps its share of the text.
        (max(a, start) - start, min(b, end) - start)
        if in_text[i] and i not in label_tokens and max(a, start) < min(b, end)
        else None
        for i, (a, b) in enumerate(ranges)
    ]
    remaining = _cut(offsets, limit)
    positions = tuple(at for at, i in enumerate(remaining) if i in label_tokens)
    row = EncodedRow(
        tuple(mask if mask is not None and i in label_tokens else ids[i] for i in remaining),
        tuple(types[i] for i in remaining),
        tuple(offsets[i] for i in remaining),
    )
    label_ids = tuple(ids[remaining[at]] for at in positions)
    if mask is None and positions[0] == 0:
        # A causal model can only score a token that something precedes.
        first = tokenizer.bos_token_id
        first = filler_id(tokenizer) if first is None else first
        row = EncodedRow((first, *row.ids), (0, *row.types), (None, *row.offsets))
        positions = tuple(at + 1 for at in positions)
    return Cloze(row, positions, label_ids)


def _is_label_token(
    start: int, end: int, space_start: int, label_start: int, label_end: int
) -> bool:
    """Whether a token of the characters from `start` to `end` belongs to the label or its space."""
    if max(start, space_start) < min(end, label_end):
        return True
    # A space that is a token by itself has no width where a tokenizer trims its offsets.
    return space_start < label_start and start == end and space_start <= start <= label_start


def _cut(offsets: Sequence[Offset], limit: int | None) -> list[int]:
    """The indices of the tokens that remain in a row of `limit` tokens: the text's last ones go."""
    indices = list(range(len(offsets)))
    if limit is None or len(indices) <= limit:
        return indices
    text_tokens = [i for i in indices if offsets[i] is not None]
    excess = len(indices) - limit
    if excess > len(text_tokens):
        raise DataError(f"the prompt is longer than the model's {limit} tokens without text")
    dropped = set(text_tokens[len(text_tokens) - excess :])
    return [i for i in indices if i not in dropped]
