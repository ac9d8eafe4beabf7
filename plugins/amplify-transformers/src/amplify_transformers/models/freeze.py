"""Freezes a network, and puts its linear layers on oneDNN where that is faster."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from amplify import OptionError
from amplify_transformers.models import onednn
from amplify_transformers.options import Kernel

LEAST_SPEEDUP = 1.03
"""oneDNN is taken where it is faster by this factor: less is within the noise of the timing."""
SMALLEST = 2**15
"""Layers of fewer weights are left alone by "auto": calling them costs more than their product."""
LARGEST = 2**23
"""Layers of more weights (an output head) are not timed: they see few rows."""
PACKABLE = 5 * 10**8
"""Models of more weights are not copied into oneDNN's own layouts, which takes as much again."""
ROWS = 128
REPEATS = 7

Shapes = tuple[tuple[tuple[int, int], int], ...]
"""The shapes (outputs, inputs) of linear layers, each with the number of layers that have it."""


@functools.cache
def measured_speedup(shapes: Shapes, threads: int) -> float:
    """How many times faster oneDNN is than the default, forward and back, over such layers.

    It is 0 where the products differ or this PyTorch has no oneDNN. The answer is kept for
    `shapes` and torch's number of `threads`, so that two proxies of one process take the same
    product.
    """
    if not onednn.is_available():
        return 0.0
    default = faster = 0.0
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for (outputs, inputs), count in shapes:
            weight = torch.randn(outputs, inputs, generator=generator) / inputs**0.5
            x = torch.randn(ROWS, inputs, generator=generator)
            upstream = torch.randn(ROWS, outputs, generator=generator)
            bias = torch.zeros(outputs)
            layer = onednn.FrozenLinear(weight, bias, True)
            products: tuple[Callable[[], torch.Tensor], ...] = (
                functools.partial(nn.functional.linear, x, weight, bias),
                functools.partial(onednn.linear, x, layer.forward_weight, bias),
                functools.partial(torch.mm, upstream, weight),
                functools.partial(onednn.linear, upstream, layer.backward_weight, None),
            )
            results = [product() for product in products]
            for expected, result in (results[:2], results[2:]):
                if (result - expected).abs().max() > 1e-4 * expected.abs().max():
                    return 0.0
            # Each by itself, in turn: on a busy machine, the shortest time is the least disturbed.
            best = [float("inf")] * len(products)
            for _ in range(REPEATS):
                for index, product in enumerate(products):
                    start = time.perf_counter()
                    product()
                    best[index] = min(best[index], time.perf_counter() - start)
            default += count * (best[0] + best[2])
            faster += count * (best[1] + best[3])
    return default / faster


def freeze(
    network: nn.Module,
    kernel: Kernel,
    speedup: Callable[[Shapes, int], float] = measured_speedup,
) -> bool:
    """Freeze the network's weights; return whether its linear layers are on oneDNN now.

    With `kernel` "auto" they are where `speedup` of the network's own shapes and torch's number of
    threads is worth it. Raises OptionError where "onednn" is wanted and cannot be.
    """
    network.requires_grad_(False)
    if kernel == "default":
        return False
    layers = list(_linear_layers(network))
    weights = [layer.weight for _, _, layer in layers]
    fits = all(w.dtype == torch.float32 and w.device.type == "cpu" for w in weights)
    require(kernel, fits, onednn.is_available())
    if kernel == "auto":
        layers = [entry for entry in layers if entry[2].weight.numel() >= SMALLEST]
        shapes = Counter(_shape(layer) for _, _, layer in layers if layer.weight.numel() <= LARGEST)
        if not (fits and shapes):
            return False
        if speedup(tuple(sorted(shapes.items())), torch.get_num_threads()) < LEAST_SPEEDUP:
            return False
    tied = {id(e.weight) for e in network.modules() if isinstance(e, nn.Embedding)}
    small = sum(weight.numel() for weight in weights) <= PACKABLE
    for parent, name, layer in layers:
        weight = layer.weight.t() if isinstance(layer, Conv1D) else layer.weight
        # A head that is tied to the embeddings shares their memory.
        packed = small and id(layer.weight) not in tied
        setattr(parent, name, onednn.FrozenLinear(weight, layer.bias, packed))
    return True


def require(kernel: Kernel, fits: bool, available: bool) -> None:
    """Raises OptionError where `kernel` is "onednn" and the network cannot have it.

    `fits` says that the network is in float32 on a CPU, `available` that PyTorch has oneDNN.
    """
    if kernel == "onednn" and not available:
        raise OptionError("kernel 'onednn' is not in this build of PyTorch", hint="use auto")
    if kernel == "onednn" and not fits:
        raise OptionError("kernel 'onednn' is for float32 on a CPU", hint="use auto")


def _linear_layers(network: nn.Module) -> Iterator[tuple[nn.Module, str, Any]]:
    """Every plain linear layer with its parent and its name there; not those of derived classes."""
    for parent in list(network.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) in (nn.Linear, Conv1D):
                yield parent, name, layer


def _shape(layer: Any) -> tuple[int, int]:
    first, second = layer.weight.shape
    return (second, first) if isinstance(layer, Conv1D) else (first, second)
