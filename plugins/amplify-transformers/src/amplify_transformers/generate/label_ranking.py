"""Log-probabilities of labels after prompts: prefix, prompt and all labels in one pass.

The labels of a prompt stand behind it as a tree: the tokens that several begin with stand there
once, and a token sees the prompt and the tokens before it in its own label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

from amplify_transformers.generate.cascade_attention import cascade_cache
from amplify_transformers.generate.decoding import SharingMode, left_pad, open_rows
from amplify_transformers.generate.prefix_sharing import Sharing
from amplify_transformers.models.prefix_cache import last_logits


@dataclass(frozen=True)
class RankingRow:
    """A prompt's tokens from the prefix to where its labels part, and the tokens of each label."""

    suffix: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...]


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


@torch.inference_mode()
def rank_labels(model: Any, sharing: Sharing, rows: Sequence[RankingRow]) -> list[list[float]]:
    """For each row the log-probability of each label: the sum over its tokens."""
    if sharing.mode is SharingMode.CASCADE:
        return _in_one_pass(model, sharing, rows)
    return _row_by_row(model, sharing, rows)


def _in_one_pass(model: Any, sharing: Sharing, rows: Sequence[RankingRow]) -> list[list[float]]:
    trees = {row.labels: LabelTree.of(row.labels) for row in rows}
    size = max(len(tree.tokens) for tree in trees.values())
    tree_masks = {labels: tree.visible(size) for labels, tree in trees.items()}
    ids, padding = left_pad([row.suffix for row in rows], "cpu")
    length = ids.shape[1]
    steps = torch.arange(length)
    positions = (sharing.cached + steps - padding[:, None]).clamp(min=0)
    tokens = torch.zeros(len(rows), size, dtype=ids.dtype)
    depths = torch.zeros(len(rows), size, dtype=ids.dtype)
    whole = length + size
    visible = torch.zeros(len(rows), whole, whole, dtype=torch.bool)
    unpadded = steps >= padding[:, None]
    visible[:, :length, :length] = (
        unpadded[:, None, :] & torch.ones(length, length, dtype=torch.bool).tril()
    )
    visible[:, length:, :length] = unpadded[:, None, :]
    # Padding sees itself: a row of scores that are all masked has no softmax.
    visible[:, steps, steps] = True
    for index, row in enumerate(rows):
        tree = trees[row.labels]
        tokens[index, : len(tree.tokens)] = torch.tensor(tree.tokens, dtype=ids.dtype)
        depths[index, : len(tree.tokens)] = torch.tensor(tree.depths, dtype=ids.dtype)
        visible[index, length:, length:] = tree_masks[row.labels]
    positions = torch.cat([positions, positions[:, -1:] + 1 + depths], 1)
    lowest = torch.finfo(model.dtype).min
    mask = torch.zeros(visible.shape, dtype=model.dtype).masked_fill(~visible, lowest)
    layers = len(transformers.DynamicCache(config=model.config).layers)
    prefix = sharing.prefix.cache if sharing.prefix else None
    out = model(
        input_ids=torch.cat([ids, tokens], 1).to(model.device),
        attention_mask=mask.unsqueeze(1).to(model.device),
        position_ids=positions.to(model.device),
        past_key_values=cascade_cache(prefix, layers, whole),
        use_cache=True,
        **last_logits(model, size + 1),
    )
    logs = out.logits[:, -size - 1 :].float().log_softmax(-1)
    return [_sums(logs[index], trees[row.labels].reads) for index, row in enumerate(rows)]


def _sums(logs: torch.Tensor, reads: list[list[tuple[int, int]]]) -> list[float]:
    """The sum of each label's log-probabilities, read from `logs` [positions, vocabulary]."""
    flat = torch.tensor([read for label in reads for read in label], device=logs.device)
    values = torch.split(logs[flat[:, 0], flat[:, 1]], [len(label) for label in reads])
    return [float(part.double().sum()) for part in values]


def _row_by_row(model: Any, sharing: Sharing, rows: Sequence[RankingRow]) -> list[list[float]]:
    """Each label but its last token behind a copy of the prompt; equal inputs run once."""
    inputs = dict.fromkeys((*row.suffix, *label[:-1]) for row in rows for label in row.labels)
    longest = max(len(label) for row in rows for label in row.labels)
    logs: dict[tuple[int, ...], torch.Tensor] = {}
    for batch in _batches(list(inputs), sharing.mode, len(rows)):
        ids, padding = left_pad(batch, model.device)
        if sharing.mode is SharingMode.WHOLE:
            out = model(input_ids=ids, use_cache=False, **last_logits(model, longest))
            logits = out.logits
        else:
            opened = open_rows(model, sharing.mode, sharing.prefix, len(batch), ids.shape[1])
            logits = opened.feed(ids, padding if bool(padding.any()) else None, longest)
        for row_ids, row_logits in zip(batch, logits, strict=True):
            logs[row_ids] = row_logits.float().log_softmax(-1)
    return [
        [
            sum(
                float(logs[(*row.suffix, *label[:-1])][at - len(label), token])
                for at, token in enumerate(label)
            )
            for label in row.labels
        ]
        for row in rows
    ]


def _batches(
    inputs: list[tuple[int, ...]], mode: SharingMode, size: int
) -> Iterator[Sequence[tuple[int, ...]]]:
    """The inputs in batches of at most `size` that the mode allows."""
    groups: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for ids in sorted(inputs, key=len):
        groups[len(ids) if mode is SharingMode.EVEN else 0].append(ids)
    step = 1 if mode.one_by_one else size
    for group in groups.values():
        for start in range(0, len(group), step):
            yield group[start : start + step]
