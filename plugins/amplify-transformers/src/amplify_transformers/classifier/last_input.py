"""Keeps what a network's last linear layer reads while the network scores."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from amplify import PluginError
from amplify_transformers.models.onednn import FrozenLinear


class LastInput:
    """While it is entered, `vectors` holds the input of the linear layer that was called last.

    Tensor [rows, width]: the layer has to give the network's scores, one row an input.
    """

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._hooks: list[Any] = []
        self._last: tuple[torch.Tensor, torch.Tensor] | None = None

    def __enter__(self) -> Self:
        for layer in self._network.modules():
            if isinstance(layer, nn.Linear | Conv1D | FrozenLinear):
                self._hooks.append(layer.register_forward_hook(self._keep))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for hook in self._hooks:
            hook.remove()

    def _keep(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: Any) -> None:
        self._last = (inputs[0], output)

    def vectors(self, scores: torch.Tensor) -> torch.Tensor:
        """What the layer read that gave these scores of the network.

        Raises PluginError where the last layer of the network is not linear.
        """
        if self._last is None or self._last[0].dim() != 2 or not _same(self._last[1], scores):
            raise PluginError("the model's scores do not come from a linear last layer")
        return self._last[0]


def _same(output: torch.Tensor, scores: torch.Tensor) -> bool:
    return output.shape == scores.shape and bool(torch.equal(output, scores))
