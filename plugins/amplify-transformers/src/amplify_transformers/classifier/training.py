"""Fine-tuning: AdamW, a fast rate for a fresh head, linear warm-up and decay.

The network trains in eval mode, without dropout: nothing is drawn from torch's global random
numbers, so that proxies fitted side by side in threads give the same result as one after the other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from amplify import Progress
from amplify_transformers.classifier.network import ClassifierNetwork
from amplify_transformers.options import ClassifierOptions
from amplify_transformers.tokens.encoding import EncodedRow

MOST_EPOCHS = 50
"""Epochs where nothing but early stopping ends the training."""
PATIENCE = 5
"""Early stopping ends the training after so many epochs without a smaller loss."""
WARM_UP = 0.1
"""The share of the steps in which the learning rate rises."""
WINDOW = 8
"""So many batches are drawn at random together, and then sorted by length among themselves."""


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """A training example: its rows, and the position of its label among the logits."""

    rows: tuple[EncodedRow, ...]
    label: int


Loss = Callable[[Sequence[TrainingItem]], torch.Tensor]
"""The mean cross-entropy of some training items, differentiable."""


def train(
    network: ClassifierNetwork,
    loss: Loss,
    items: Sequence[TrainingItem],
    options: ClassifierOptions,
    seed: int,
    show: Progress,
) -> None:
    """Fit `network` to the items, in an order drawn from `seed`; `show` tells of the steps.

    The network's parameters are frozen again afterwards. With early stopping, a tenth of the items
    is held out, and the parameters of the epoch with the smallest loss on it are kept.
    """
    order = random.Random(seed)
    items = list(items)
    held_out: list[TrainingItem] = []
    stops_early = options.early_stopping or options.epochs is None
    if stops_early and len(items) >= 10:
        order.shuffle(items)
        cut = len(items) // 10
        held_out, items = items[:cut], items[cut:]
    epochs = MOST_EPOCHS if options.epochs is None else options.epochs
    steps = epochs * -(-len(items) // options.batch_size)
    network.requires_grad_(True)
    optimiser = _optimiser(network, options)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    best: tuple[float, dict[str, torch.Tensor]] | None = None
    worse = 0
    with show("fit the proxy, in steps", steps) as advance:
        for epoch in range(epochs):
            for batch in _shuffled(items, options.batch_size, order):
                optimiser.zero_grad()
                loss(batch).backward()  # type: ignore[no-untyped-call]  # torch's own
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                advance()
            if not held_out:
                continue
            with torch.no_grad():
                held_out_loss = float(loss(held_out))
            if best is None or held_out_loss < best[0]:
                parameters = {k: v.detach().clone() for k, v in network.state_dict().items()}
                best, worse = (held_out_loss, parameters), 0
            elif epoch >= WARM_UP * epochs and (worse := worse + 1) >= PATIENCE:
                break
    if best is not None:
        network.load_state_dict(best[1])
    network.requires_grad_(False)
    network.zero_grad(set_to_none=True)


def _optimiser(network: ClassifierNetwork, options: ClassifierOptions) -> torch.optim.Optimizer:
    head = set(network.head.parameters()) if network.fresh and network.head is not None else set()
    body = [parameter for parameter in network.parameters() if parameter not in head]
    groups = [
        {"params": [p for p in body if p.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [p for p in body if p.ndim <= 1], "weight_decay": 0.0},
        {"params": list(head), "lr": options.head_learning_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], options.learning_rate)


def _rate(step: int, steps: int) -> float:
    """The share of the peak learning rate: up for a tenth of the steps, then down to 0."""
    rise = max(1, round(WARM_UP * steps))
    return (step + 1) / rise if step < rise else max(0.0, (steps - step) / max(1, steps - rise))


def _shuffled(
    items: Sequence[TrainingItem], size: int, order: random.Random
) -> Iterator[list[TrainingItem]]:
    """The items in random batches of `size`; within a window, those of similar length together."""
    shuffled = list(items)
    order.shuffle(shuffled)
    batches = []
    for start in range(0, len(shuffled), size * WINDOW):
        window = shuffled[start : start + size * WINDOW]
        window.sort(key=lambda item: max(len(row.ids) for row in item.rows))
        batches += [window[at : at + size] for at in range(0, len(window), size)]
    order.shuffle(batches)
    yield from batches
