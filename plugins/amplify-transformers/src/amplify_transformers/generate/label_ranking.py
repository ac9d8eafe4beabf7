"""Log-probabilities of labels behind rows of tokens: the tokens and all labels in one pass.

The labels of a row stand behind it as a tree: the tokens that several begin with stand there
once, and a token sees the row and the tokens before it in its own label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from amplify_transformers.generate.cascade_rows import CascadeRows
from amplify_transformers.generate.decoding import DecodingRows, SharingMode, left_pad
from amplify_transformers.generate.open_rows import open_rows
from amplify_transformers.generate.prefix_sharing import Sharing
from amplify_transformers.models.prefix_cache import last_logits


@dataclass(frozen=True)
class RankingRow:
    """The tokens that are fed before its labels part, and the tokens of each label.

    `start` counts the tokens that stand before the suffix.
    """

    start: int
    suffix: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...]


RowInput = tuple[int, tuple[int, ...]]
"""The index of a row, and what is fed to it."""


@dataclass(frozen=True)
class LabelTree:
    """The tokens of labels that have others behind them.

    `parents` are indices in the tree, -1 for the prompt's end. `reads` has for each label and each
    of its tokens the logits that predict it (0: the prompt's end, 1: the first token of the tree)
    and its id.
    """

    tokens: list[int]
    parents: list[int]
    depths: list[int]
    reads: list[list[tuple[int, int]]]

    @classmethod
    def of(cls, labels: Sequence[tuple[int, ...]]) -> LabelTree:
        """The tree of labels, which are given by their token ids."""
        nodes: dict[tuple[int, ...], int] = {}
        for label in labels:
            for end in range(1, len(label)):
                nodes.setdefault(label[:end], len(nodes))
        return cls(
            [path[-1] for path in nodes],
            [nodes.get(path[:-1], -1) for path in nodes],
            [len(path) - 1 for path in nodes],
            [
                [(nodes[label[:at]] + 1 if at else 0, token) for at, token in enumerate(label)]
                for label in labels
            ],
        )

    def visible(self, size: int) -> torch.Tensor:
        """Tensor [size, size] of bool: which tokens of the tree each token sees."""
        visible = torch.eye(size, dtype=torch.bool)
        for index, parent in enumerate(self.parents):
            if parent >= 0:
                visible[index] |= visible[parent]
        return visible


OpenRows = Callable[[Sequence[int], int], DecodingRows]
"""Opens rows for the prompts of these indices, for a number of further tokens each."""


def rank_labels(model: Any, sharing: Sharing, rows: Sequence[RankingRow]) -> list[list[float]]:
    """For each row the log-probability of each label, the sum over its tokens, behind the prefix.

    Each suffix begins where the prefix of `sharing` ends.
    """

    def behind_prefix(indices: Sequence[int], tokens: int) -> DecodingRows:
        return open_rows(model, sharing.mode, sharing.prefix, len(indices), tokens)

    return rank_labels_behind(model, sharing.mode, behind_prefix, rows)


@torch.inference_mode()
def rank_labels_behind(
    model: Any, mode: SharingMode, open_rows_of: OpenRows, rows: Sequence[RankingRow]
) -> list[list[float]]:
    """For each row the log-probability of each label, behind what `open_rows_of` has fed before."""
    if mode is SharingMode.CASCADE:
        return _in_one_pass(open_rows_of, rows)
    return _row_by_row(model, mode, open_rows_of, rows)


def _in_one_pass(open_rows_of: OpenRows, rows: Sequence[RankingRow]) -> list[list[float]]:
    trees = {row.labels: LabelTree.of(row.labels) for row in rows}
    size = max(len(tree.tokens) for tree in trees.values())
    tree_masks = {labels: tree.visible(size) for labels, tree in trees.items()}
    ids, padding = left_pad([row.suffix for row in rows], "cpu")
    length = ids.shape[1]
    places = torch.arange(length)
    steps = places - padding[:, None]
    tokens = torch.zeros(len(rows), size, dtype=ids.dtype)
    depths = torch.zeros(len(rows), size, dtype=ids.dtype)
    whole = length + size
    visible = torch.zeros(len(rows), whole, whole, dtype=torch.bool)
    unpadded = steps >= 0
    visible[:, :length, :length] = (
        unpadded[:, None, :] & torch.ones(length, length, dtype=torch.bool).tril()
    )
    visible[:, length:, :length] = unpadded[:, None, :]
    # Padding sees itself: a row of scores that are all masked has no softmax.
    visible[:, places, places] = True
    for index, row in enumerate(rows):
        tree = trees[row.labels]
        tokens[index, : len(tree.tokens)] = torch.tensor(tree.tokens, dtype=ids.dtype)
        depths[index, : len(tree.tokens)] = torch.tensor(tree.depths, dtype=ids.dtype)
        visible[index, length:, length:] = tree_masks[row.labels]
    steps = torch.cat([steps, steps[:, -1:] + 1 + depths], 1)
    opened = open_rows_of(range(len(rows)), whole)
    assert isinstance(opened, CascadeRows)  # the mode's
    logits = opened.feed_tree(torch.cat([ids, tokens], 1), steps, visible, size + 1)
    logs = logits.float().log_softmax(-1)
    return [_sums(logs[index], trees[row.labels].reads) for index, row in enumerate(rows)]


def _sums(logs: torch.Tensor, reads: list[list[tuple[int, int]]]) -> list[float]:
    """The sum of each label's log-probabilities, read from `logs` [positions, vocabulary]."""
    flat = torch.tensor([read for label in reads for read in label], device=logs.device)
    values = torch.split(logs[flat[:, 0], flat[:, 1]], [len(label) for label in reads])
    return [float(part.double().sum()) for part in values]


def _row_by_row(
    model: Any, mode: SharingMode, open_rows_of: OpenRows, rows: Sequence[RankingRow]
) -> list[list[float]]:
    """Each label but its last token behind a copy of its row; equal inputs of a row run once."""
    inputs = dict.fromkeys(
        (index, (*row.suffix, *label[:-1]))
        for index, row in enumerate(rows)
        for label in row.labels
    )
    longest = max(len(label) for row in rows for label in row.labels)
    logs: dict[RowInput, torch.Tensor] = {}
    for batch in _batches(list(inputs), rows, mode):
        ids, padding = left_pad([row_ids for _, row_ids in batch], model.device)
        if mode is SharingMode.WHOLE:
            logits = model(input_ids=ids, use_cache=False, **last_logits(model, longest)).logits
        else:
            opened = open_rows_of([index for index, _ in batch], ids.shape[1])
            logits = opened.feed(ids, padding if bool(padding.any()) else None, longest)
        for row_input, row_logits in zip(batch, logits, strict=True):
            logs[row_input] = row_logits.float().log_softmax(-1)
    return [
        [
            sum(
                float(logs[index, (*row.suffix, *label[:-1])][at - len(label), token])
                for at, token in enumerate(label)
            )
            for label in row.labels
        ]
        for index, row in enumerate(rows)
    ]


def _batches(
    inputs: list[RowInput], rows: Sequence[RankingRow], mode: SharingMode
) -> Iterator[Sequence[RowInput]]:
    """The inputs in batches, of at most as many as there are rows, that the mode allows."""
    groups: dict[tuple[int, int], list[RowInput]] = defaultdict(list)
    for index, ids in sorted(inputs, key=lambda row_input: len(row_input[1])):
        even = mode is SharingMode.EVEN
        groups[(rows[index].start, len(ids)) if even else (0, 0)].append((index, ids))
    step = 1 if mode.one_by_one else len(rows)
    for group in groups.values():
        for start in range(0, len(group), step):
            yield group[start : start + step]
