"""Frozen linear layers on oneDNN, where its matrix product is faster than the default one.

PyTorch's float32 product on a CPU is MKL's, which leaves the widest vector units of some machines
unused. oneDNN's is reached through an operator that is internal to PyTorch: its absence, or any
failure of it, leaves the layers as they were.
"""

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
from amplify_transformers.options import Kernel

GAIN = 1.03
"""What oneDNN must be faster by to be taken: less is within the noise of the timing."""
SMALLEST = 2**15
"""Layers of fewer weights are left alone by "auto": calling them costs more than their product."""
LARGEST = 2**23
"""Layers of more weights (an output head) are not timed: they see few rows."""
PACKABLE = 5 * 10**8
"""Models of more weights are not copied into oneDNN's own layouts, which takes as much again."""
ROWS = 128
REPEATS = 7


class FrozenLinear(nn.Module):
    """A linear layer with fixed weights [outputs, inputs]: oneDNN forward and back to the input.

    `packed` keeps the weights and their transpose in oneDNN's layouts, instead of as they are.
    There is no gradient for weights and bias. Inputs other than float32 take the default product.
    """

    bias: torch.Tensor | None

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, packed: bool) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.packed = packed
        self.register_buffer("bias", None if bias is None else bias.detach(), persistent=False)
        self._lay(weight.detach())

    def _lay(self, weight: torch.Tensor) -> None:
        self._there, self._back = weight, weight.t()
        if self.packed:
            pack = torch.ops.mkldnn._reorder_linear_weight
            self._there, self._back = pack(weight.contiguous()), pack(weight.t().contiguous())

    @property
    def weight(self) -> torch.Tensor:
        """The weights [outputs, inputs], in the ordinary layout."""
        return self._there.to_dense() if self.packed else self._there

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Tensor [..., outputs]."""
        if x.dtype != torch.float32 or x.device.type != "cpu":
            bias = None if self.bias is None else self.bias.to(x)
            return nn.functional.linear(x, self.weight.to(x), bias)
        if torch.is_grad_enabled() and x.requires_grad:
            product: Callable[..., torch.Tensor] = _Product.apply
            return product(x, self._there, self._back, self.bias)
        return _product(x, self._there, self.bias)

    def __getstate__(self) -> dict[str, Any]:
        # oneDNN's layouts belong to this machine and cannot be pickled.
        return {**self.__dict__, "_there": self.weight.contiguous(), "_back": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]  # torch's own
        self._lay(self._there)


class _Product(torch.autograd.Function):
    """x W^T + b, differentiable with respect to x."""

    @staticmethod
    def forward(ctx: Any, x: Any, there: Any, back: Any, bias: Any) -> Any:
        ctx.back = back
        return _product(x, there, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return _product(gradients[0], ctx.back, None), None, None, None


def _product(x: Any, weight: Any, bias: Any) -> torch.Tensor:
    found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return found


def freeze(network: nn.Module, kernel: Kernel) -> bool:
    """Freeze the network and put its linear layers on oneDNN where it is to be; whether it was.

    With "auto", both products are timed on the network's own shapes, once in a process. Raises
    OptionError where "onednn" is wanted and there is none for this network.
    """
    network.requires_grad_(False)
    if kernel == "default":
        return False
    layers = [(parent, name, layer) for parent, name, layer in _linears(network)]
    weights = [layer.weight for _, _, layer in layers]
    fits = all(w.dtype == torch.float32 and w.device.type == "cpu" for w in weights)
    require(kernel, fits)
    if kernel == "auto":
        layers = [entry for entry in layers if entry[2].weight.numel() >= SMALLEST]
        shapes = Counter(_shape(layer) for _, _, layer in layers if layer.weight.numel() <= LARGEST)
        if not (fits and shapes and works()):
            return False
        if gain(tuple(sorted(shapes.items())), torch.get_num_threads()) < GAIN:
            return False
    tied = {id(e.weight) for e in network.modules() if isinstance(e, nn.Embedding)}
    small = sum(weight.numel() for weight in weights) <= PACKABLE
    for parent, name, layer in layers:
        weight = layer.weight.t() if isinstance(layer, Conv1D) else layer.weight
        # A head that is tied to the embeddings shares their memory.
        packed = small and id(layer.weight) not in tied
        setattr(parent, name, FrozenLinear(weight, layer.bias, packed))
    return True


def require(kernel: Kernel, fits: bool) -> None:
    """Raises OptionError where "onednn" is wanted and cannot be; `fits`: float32 on a CPU."""
    if kernel == "onednn" and not works():
        raise OptionError("kernel 'onednn' is not in this build of PyTorch", hint="use auto")
    if kernel == "onednn" and not fits:
        raise OptionError("kernel 'onednn' is for float32 on a CPU", hint="use auto")


@functools.cache
def works() -> bool:
    """Whether this PyTorch has oneDNN's products and they give the default one's answer."""
    try:
        if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]  # torch's own
            return False
        draw = torch.Generator().manual_seed(0)
        x, weight, bias = (torch.randn(n, 40, generator=draw) for n in (7, 40, 1))
        wanted = nn.functional.linear(x, weight, bias[0])
        with torch.no_grad():
            return all(
                torch.allclose(FrozenLinear(weight, bias[0], packed)(x), wanted, 1e-4, 1e-4)
                for packed in (True, False)
            )
    except (AttributeError, RuntimeError, NotImplementedError, TypeError):
        return False


@functools.cache
def gain(shapes: tuple[tuple[tuple[int, int], int], ...], threads: int) -> float:
    """How many times faster oneDNN is than the default, there and back, over layers of `shapes`.

    `shapes` are (outputs, inputs) and their number. It is 0 where the answers differ. The answer
    is kept, so that two proxies of one process take the same product.
    """
    default = other = 0.0
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for (outputs, inputs), count in shapes:
            weight = torch.randn(outputs, inputs, generator=draw) / inputs**0.5
            x = torch.randn(ROWS, inputs, generator=draw)
            up = torch.randn(ROWS, outputs, generator=draw)
            bias = torch.zeros(outputs)
            layer = FrozenLinear(weight, bias, True)
            products: tuple[Callable[[], torch.Tensor], ...] = (
                functools.partial(nn.functional.linear, x, weight, bias),
                functools.partial(_product, x, layer._there, bias),
                functools.partial(torch.mm, up, weight),
                functools.partial(_product, up, layer._back, None),
            )
            answers = [product() for product in products]
            for wanted, got in (answers[:2], answers[2:]):
                if (got - wanted).abs().max() > 1e-4 * wanted.abs().max():
                    return 0.0
            # Each by itself, in turn: on a busy machine, the shortest time is the least disturbed.
            best = [float("inf")] * len(products)
            for _ in range(REPEATS):
                for place, product in enumerate(products):
                    start = time.perf_counter()
                    product()
                    best[place] = min(best[place], time.perf_counter() - start)
            default += count * (best[0] + best[2])
            other += count * (best[1] + best[3])
    return default / other


def _linears(network: nn.Module) -> Iterator[tuple[nn.Module, str, Any]]:
    """Every plain linear layer with its parent and its name there; not those of derived classes."""
    for parent in list(network.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) in (nn.Linear, Conv1D):
                yield parent, name, layer


def _shape(layer: Any) -> tuple[int, int]:
    first, second = layer.weight.shape
    return (second, first) if isinstance(layer, Conv1D) else (first, second)
