"""A linear layer with fixed weights, on oneDNN's matrix product.

PyTorch's float32 product on a CPU is MKL's, which leaves the widest vector units of some machines
unused. oneDNN's is reached through operators that are internal to PyTorch: `is_available` says
whether this build has them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn


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
        self._lay_out(weight.detach())

    def _lay_out(self, weight: torch.Tensor) -> None:
        """Sets the weights for the forward product and their transpose for the backward one."""
        self.forward_weight, self.backward_weight = weight, weight.t()
        if self.packed:
            pack = torch.ops.mkldnn._reorder_linear_weight
            self.forward_weight = pack(weight.contiguous())
            self.backward_weight = pack(weight.t().contiguous())

    @property
    def weight(self) -> torch.Tensor:
        """The weights [outputs, inputs], in the ordinary layout."""
        return self.forward_weight.to_dense() if self.packed else self.forward_weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Tensor [..., outputs]."""
        if x.dtype != torch.float32 or x.device.type != "cpu":
            bias = None if self.bias is None else self.bias.to(x)
            return nn.functional.linear(x, self.weight.to(x), bias)
        if torch.is_grad_enabled() and x.requires_grad:
            differentiable: Callable[..., torch.Tensor] = _InputGradient.apply
            return differentiable(x, self.forward_weight, self.backward_weight, self.bias)
        return linear(x, self.forward_weight, self.bias)

    def __getstate__(self) -> dict[str, Any]:
        # oneDNN's layouts belong to this machine and cannot be pickled.
        plain = {"forward_weight": self.weight.contiguous(), "backward_weight": None}
        return {**self.__dict__, **plain}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]  # torch's own
        self._lay_out(self.forward_weight)


class _InputGradient(torch.autograd.Function):
    """x W^T + b, differentiable with respect to x alone."""

    @staticmethod
    def forward(ctx: Any, x: Any, forward_weight: Any, backward_weight: Any, bias: Any) -> Any:
        ctx.backward_weight = backward_weight
        return linear(x, forward_weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return linear(gradients[0], ctx.backward_weight, None), None, None, None


def linear(x: Any, weight: Any, bias: Any) -> torch.Tensor:
    """oneDNN's x W^T + b; `weight` may be in oneDNN's layout, `bias` None."""
    result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return result


@functools.cache
def is_available() -> bool:
    """Whether this PyTorch has oneDNN's products and they give the default one's answer."""
    try:
        if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]  # torch's own
            return False
        generator = torch.Generator().manual_seed(0)
        x, weight, bias = (torch.randn(n, 40, generator=generator) for n in (7, 40, 1))
        expected = nn.functional.linear(x, weight, bias[0])
        with torch.no_grad():
            return all(
                torch.allclose(FrozenLinear(weight, bias[0], packed)(x), expected, 1e-4, 1e-4)
                for packed in (True, False)
            )
    except (AttributeError, RuntimeError, NotImplementedError, TypeError):
        return False
