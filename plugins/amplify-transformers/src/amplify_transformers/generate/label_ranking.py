"""Log-probabilities of labels after prompts: prefix, prompt and all labels in one pass.

The labels of a prompt stand behind it as a tree: what several begin with stands there once, and a
token sees the prompt and those before it in its own label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

from amplify_transformers.generate import cascade_attention
from amplify_transformers.generate.decoding import PrefixSharing, left_pad, open_rows
from amplify_transformers.models.prefix_cache import Prefix, trim


@dataclass(frozen=True)
class RankingRow:
    """A prompt's own tokens up to where its labels part, and the tokens of each label."""

    own: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class LabelTree:
    """The tokens that have others behind them; `parents` are places in it, -1 the prompt's end.

    `reads` tells for each label where each of its tokens is foretold (0 the prompt's end, 1 the
    first of the tree), and which it is.
    """

    tokens: list[int]
    parents: list[int]
    depths: list[int]
    reads: list[list[tuple[int, int]]]

    @classmethod
    def of(cls, labels: Sequence[tuple[int, ...]]) -> LabelTree:
        """The tree of some labels."""
        nodes: dict[tuple[int, ...], int] = {}
        for label in labels:
            for end in range(1, len(label)):
                nodes.setdefault(label[:end], len(nodes))
        return cls(
            [begun[-1] for begun in nodes],
            [nodes.get(begun[:-1], -1) for begun in nodes],
            [len(begun) - 1 for begun in nodes],
            [
                [(nodes[label[:at]] + 1 if at else 0, token) for at, token in enumerate(label)]
                for label in labels
            ],
        )

    def sight(self, size: int) -> torch.Tensor:
        """Tensor [size, size] of bool: what each token sees of the tree."""
        seen = torch.eye(size, dtype=torch.bool)
        for place, parent in enumerate(self.parents):
            if parent >= 0:
                seen[place] |= seen[parent]
        return seen


@torch.inference_mode()
def rank(
    model: Any, way: PrefixSharing, prefix: Prefix | None, questions: Sequence[RankingRow]
) -> list[list[float]]:
    """For each question the log-probability of each label: the sum over its tokens."""
    if way is PrefixSharing.CASCADE:
        return _in_one_pass(model, prefix, questions)
    return _row_by_row(model, way, prefix, questions)


def _in_one_pass(
    model: Any, prefix: Prefix | None, questions: Sequence[RankingRow]
) -> list[list[float]]:
    before = len(prefix.ids) if prefix else 0
    trees = {question.labels: LabelTree.of(question.labels) for question in questions}
    most = max(len(tree.tokens) for tree in trees.values())
    sights = {labels: tree.sight(most) for labels, tree in trees.items()}
    ids, padding = left_pad([question.own for question in questions], "cpu")
    length = ids.shape[1]
    steps = torch.arange(length)
    positions = (before + steps - padding[:, None]).clamp(min=0)
    tokens = torch.zeros(len(questions), most, dtype=ids.dtype)
    depths = torch.zeros(len(questions), most, dtype=ids.dtype)
    whole = length + most
    seen = torch.zeros(len(questions), whole, whole, dtype=torch.bool)
    real = steps >= padding[:, None]
    seen[:, :length, :length] = (
        real[:, None, :] & torch.ones(length, length, dtype=torch.bool).tril()
    )
    seen[:, length:, :length] = real[:, None, :]
    # Padding sees itself: a row of scores that are all masked has no softmax.
    seen[:, steps, steps] = True
    for row, question in enumerate(questions):
        tree = trees[question.labels]
        tokens[row, : len(tree.tokens)] = torch.tensor(tree.tokens, dtype=ids.dtype)
        depths[row, : len(tree.tokens)] = torch.tensor(tree.depths, dtype=ids.dtype)
        seen[row, length:, length:] = sights[question.labels]
    positions = torch.cat([positions, positions[:, -1:] + 1 + depths], 1)
    mask = torch.zeros(seen.shape, dtype=model.dtype).masked_fill(
        ~seen, torch.finfo(model.dtype).min
    )
    layers = len(transformers.DynamicCache(config=model.config).layers)
    out = model(
        input_ids=torch.cat([ids, tokens], 1).to(model.device),
        attention_mask=mask.unsqueeze(1).to(model.device),
        position_ids=positions.to(model.device),
        past_key_values=cascade_attention.cascade(prefix.cache if prefix else None, layers, whole),
        use_cache=True,
        **trim(model, most + 1),
    )
    found = out.logits[:, -most - 1 :].float().log_softmax(-1)
    return [
        _sums(found[row], trees[question.labels].reads) for row, question in enumerate(questions)
    ]


def _sums(found: torch.Tensor, reads: list[list[tuple[int, int]]]) -> list[float]:
    """The sum of each label's log-probabilities, read from [places, vocabulary]."""
    flat = torch.tensor([read for label in reads for read in label], device=found.device)
    values = torch.split(found[flat[:, 0], flat[:, 1]], [len(label) for label in reads])
    return [float(part.double().sum()) for part in values]


def _row_by_row(
    model: Any, way: PrefixSharing, prefix: Prefix | None, questions: Sequence[RankingRow]
) -> list[list[float]]:
    """Each label but its last token behind a copy of the prompt; equal rows run once."""
    rows: dict[tuple[int, ...], None] = {}
    for question in questions:
        for label in question.labels:
            rows.setdefault((*question.own, *label[:-1]))
    logits: dict[tuple[int, ...], torch.Tensor] = {}
    longest = max(len(label) for question in questions for label in question.labels)
    for batch in _alike(list(rows), way, len(questions)):
        ids, padding = left_pad(batch, model.device)
        if way is PrefixSharing.WHOLE:
            shown = model(input_ids=ids, use_cache=False, **trim(model, longest)).logits
        else:
            opened = open_rows(model, way, prefix, len(batch), ids.shape[1])
            shown = opened.feed(ids, padding if bool(padding.any()) else None, longest)
        for row, found in zip(batch, shown, strict=True):
            logits[row] = found.float().log_softmax(-1)
    return [
        [
            sum(
                float(logits[(*question.own, *label[:-1])][at - len(label), token])
                for at, token in enumerate(label)
            )
            for label in question.labels
        ]
        for question in questions
    ]


def _alike(
    rows: list[tuple[int, ...]], way: PrefixSharing, size: int
) -> Iterator[Sequence[tuple[int, ...]]]:
    """The rows in batches that the way allows."""
    groups: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for row in sorted(rows, key=len):
        groups[len(row) if way is PrefixSharing.EVEN else 0].append(row)
    step = 1 if way in (PrefixSharing.ALONE, PrefixSharing.WHOLE) else size
    for group in groups.values():
        for at in range(0, len(group), step):
            yield group[at : at + step]
