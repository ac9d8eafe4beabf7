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
PATIENCE = 5
WARM_UP = 0.1
WINDOW = 8


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """A training item: its rows and the place of its label among the logits."""

    rows: tuple[EncodedRow, ...]
    answer: int


Loss = Callable[[Sequence[TrainingItem]], torch.Tensor]
"""The mean cross-entropy of some lessons, differentiable."""


def train(
    network: ClassifierNetwork,
    loss: Loss,
    lessons: Sequence[TrainingItem],
    options: ClassifierOptions,
    seed: int,
    show: Progress,
) -> None:
    """Fit `network` to the lessons, showing the steps; its parameters are frozen again afterwards.

    With early stopping, a tenth of the lessons is held out, and the parameters of the epoch with
    the smallest loss on it are kept.
    """
    order = random.Random(seed)
    lessons = list(lessons)
    held: list[TrainingItem] = []
    stops_early = options.early_stopping or options.epochs is None
    if stops_early and len(lessons) >= 10:
        order.shuffle(lessons)
        cut = len(lessons) // 10
        held, lessons = lessons[:cut], lessons[cut:]
    epochs = MOST_EPOCHS if options.epochs is None else options.epochs
    steps = epochs * -(-len(lessons) // options.batch_size)
    network.requires_grad_(True)
    optimiser = _optimiser(network, options)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    best: tuple[float, dict[str, torch.Tensor]] | None = None
    worse = 0
    with show("fit the proxy, in steps", steps) as advance:
        for epoch in range(epochs):
            for batch in _shuffled(lessons, options.batch_size, order):
                optimiser.zero_grad()
                loss(batch).backward()  # type: ignore[no-untyped-call]  # torch's own
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                advance()
            if not held:
                continue
            with torch.no_grad():
                now = float(loss(held))
            if best is None or now < best[0]:
                best = now, {k: v.detach().clone() for k, v in network.state_dict().items()}
                worse = 0
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
    lessons: Sequence[TrainingItem], size: int, order: random.Random
) -> Iterator[list[TrainingItem]]:
    """The lessons in random batches; within a window of some batches, of similar length."""
    shuffled = list(lessons)
    order.shuffle(shuffled)
    batches = []
    for start in range(0, len(shuffled), size * WINDOW):
        window = shuffled[start : start + size * WINDOW]
        window.sort(key=lambda lesson: max(len(row.ids) for row in lesson.rows))
        batches += [window[at : at + size] for at in range(0, len(window), size)]
    order.shuffle(batches)
    yield from batches
