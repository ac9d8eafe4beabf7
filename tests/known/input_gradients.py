"""Gradient x input of a gradient proxy by token, and how equal two such attributions are."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch

from amplify import Example, GradientProxy

WORDS = "the a house walked green lamp river splendid lovely dreadful music don't 東京 café".split()


def examples() -> list[Example]:
    """Texts of up to twelve words: one of a single word, one that comes twice, an empty one."""
    draw = random.Random(3)
    texts = [" ".join(draw.choices(WORDS, k=draw.randint(5, 12))) for _ in range(5)]
    return [Example(str(i), text, "x") for i, text in enumerate([*texts, "rain", texts[0], ""])]


def gradients(proxy: GradientProxy, examples: Sequence[Example], foil: int) -> list[torch.Tensor]:
    """Gradient x input of the first label's lead over label `foil`, by token of the text."""
    attributions: dict[int, torch.Tensor] = {}
    for batch in proxy.batches(examples):
        leaf = batch.embeddings.requires_grad_()
        logits = batch.forward(leaf, *batch.arguments)
        (gradient,) = torch.autograd.grad((logits[:, 0] - logits[:, foil]).sum(), leaf)
        scores = (gradient * leaf.detach()).sum(-1)
        assert batch.rows_per_example == 1
        for row, index in enumerate(batch.indices):
            of_text = [i for i, offset in enumerate(batch.offsets[row]) if offset is not None]
            attributions[index] = scores[row, of_text]
            padding = batch.arguments[0][row] == 0
            assert not scores[row, padding].any()
    return [attributions[index] for index in range(len(examples))]


def assert_same(got: torch.Tensor, wanted: torch.Tensor, tolerance: float = 1e-4) -> None:
    """Relative difference at most `tolerance`, and the ten strongest tokens in the same order."""
    assert got.shape == wanted.shape
    if not wanted.numel():
        return
    assert (got - wanted).abs().max() <= tolerance * wanted.abs().max()
    top = [
        values.double().round(decimals=6).argsort(descending=True, stable=True)[:10]
        for values in (got, wanted)
    ]
    assert torch.equal(wanted[top[0]], wanted[top[1]]) or torch.allclose(
        wanted[top[0]], wanted[top[1]], rtol=1e-4, atol=1e-6
    )
