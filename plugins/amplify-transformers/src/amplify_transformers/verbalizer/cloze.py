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
    disarm,
    special_tokens,
    spells,
    stand_ins,
    structural,
)


@dataclass(frozen=True, slots=True)
class Cloze:
    """A row of the verbalizer: `spots` are the positions of the label's tokens, `wanted` their ids.

    For a masked model the row shows masks at the spots.
    """

    tokens: EncodedRow
    spots: tuple[int, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClozeFormat:
    """A prompt format in its parts: before the text, between it and the label, after the label.

    `special` says that the format itself has special tokens. `stand_ins` are those that stand for a
    hidden word, `structural` the others.
    """

    before: str
    between: str
    after: str
    special: bool = False
    stand_ins: tuple[str, ...] = ()
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
            stand_ins(tokenizer),
            structural(tokenizer),
        )


def verbalised(example: Example, labels: tuple[str, ...], letters: bool) -> tuple[str, ...]:
    """What stands for each label: the option's own text, or the label itself.

    An option that has lost its words, as happens where some are taken away, has its label left.
    """
    if not example.options or letters:
        return labels
    texts = (example.text[option.start : option.end] for option in example.options)
    return tuple(text if text.strip() else name for text, name in zip(texts, labels, strict=True))


def clozes(
    tokenizer: Any,
    frame: ClozeFormat,
    text: str,
    labels: Sequence[str],
    limit: int | None,
    mask: int | None,
) -> list[Cloze]:
    """A row for each label; `mask` is the id that hides the label's tokens, None for causal models.

    A row of more than `limit` tokens loses the end of the text. Text and labels that spell a
    special token are read as text, but for those that stand for a hidden word; beside one of these,
    or in a frame that has special tokens itself, the others lose their first letter. Raises
    DataError for a label that the tokenizer makes nothing of, and for a prompt that is too long
    without any text.
    """
    return [_cloze(tokenizer, frame, text, label, limit, mask) for label in labels]


def _cloze(
    tokenizer: Any, frame: ClozeFormat, text: str, label: str, limit: int | None, mask: int | None
) -> Cloze:
    start = len(frame.before)
    label_at = start + len(text) + len(frame.between)
    # The space before a label is its own in most vocabularies: it counts with each, or labels whose
    # first piece holds it would be compared with labels whose first piece does not.
    spot_at = label_at - len(frame.between) + len(frame.between.rstrip(" "))
    shown = label
    meant = frame.special or spells([text, label], frame.stand_ins)
    if meant:
        text, shown = disarm(text, frame.structural), disarm(label, frame.structural)
    whole = frame.before + text + frame.between + shown + frame.after
    found = tokenizer(
        whole,
        return_offsets_mapping=True,
        verbose=False,
        split_special_tokens=not meant,
    )
    ids, offsets = list(found["input_ids"]), list(found["offset_mapping"])
    types = list(found.get("token_type_ids") or [0] * len(ids))
    real = [index is not None for index in found.sequence_ids(0)]
    spots = {
        i
        for i, (a, b) in enumerate(offsets)
        if real[i]
        and (
            max(a, spot_at) < min(b, label_at + len(label))
            # A space that is a token by itself has no width where a tokenizer trims its offsets.
            or (spot_at < label_at and a == b and spot_at <= a <= label_at)
        )
    }
    if not spots:
        raise DataError(f"label {label!r} has no token in this model's vocabulary")
    places: list[Offset] = [
        # A token that also holds a piece of the label or of the prompt keeps its share of the text.
        (max(a, start) - start, min(b, start + len(text)) - start)
        if real[i] and i not in spots and max(a, start) < min(b, start + len(text))
        else None
        for i, (a, b) in enumerate(offsets)
    ]
    kept = list(range(len(ids)))
    if limit is not None and len(kept) > limit:
        cuttable = [i for i in kept if places[i] is not None]
        lost = len(kept) - limit
        if lost > len(cuttable):
            raise DataError(f"the prompt is longer than the model's {limit} tokens without text")
        dropped = set(cuttable[len(cuttable) - lost :])
        kept = [i for i in kept if i not in dropped]
    at = tuple(position for position, i in enumerate(kept) if i in spots)
    wanted = tuple(ids[kept[position]] for position in at)
    read = tuple(mask if mask is not None and i in spots else ids[i] for i in kept)
    made = EncodedRow(read, tuple(types[i] for i in kept), tuple(places[i] for i in kept))
    if mask is None and at[0] == 0:
        # A causal model can only score a token that something precedes.
        first = tokenizer.bos_token_id
        first = filler_id(tokenizer) if first is None else first
        made = EncodedRow((first, *made.ids), (0, *made.types), (None, *made.places))
        at = tuple(position + 1 for position in at)
    return Cloze(made, at, wanted)
