"""A causal language model in a folder: what is read at once, and its weights, loaded at need."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
import transformers

from amplify import Context, PlanError
from amplify_transformers.generate.partial_reply import EndTokens
from amplify_transformers.models import architecture, files, loading
from amplify_transformers.models.device import choose_device
from amplify_transformers.options import LocalOptions


class CausalModel:
    """Configuration and tokenizer are read at once; PlanError where the model is not causal."""

    def __init__(self, options: LocalOptions, context: Context) -> None:
        self._options = options
        self.device = choose_device(options.device, context, options.threads)
        self.files = files.find(options.model, context)
        self._config = loading.read_config(self.files.settings)
        if architecture.direction(self._config) != "causal":
            raise PlanError(f"{options.model} is no causal language model: it cannot write replies")
        self.tokenizer = loading.read_tokenizer(self.files.settings)

    @property
    def name(self) -> str:
        """The hub id; of a local folder or file, the last part of its path."""
        return self.files.name

    @property
    def context_length(self) -> int | None:
        """The most tokens of a prompt and its reply together; None where nothing limits them."""
        return architecture.context_length(self._config)

    @cached_property
    def dtype(self) -> torch.dtype:
        """The precision that the model runs in."""
        if self._options.dtype != "auto":
            return torch.float32 if self._options.dtype == "float32" else torch.bfloat16
        stored = getattr(self._config, "dtype", None)
        if self.device.type == "cpu" or not isinstance(stored, torch.dtype):
            return torch.float32
        return stored

    @cached_property
    def network(self) -> Any:
        """The loaded model of transformers, frozen."""
        network, missing = loading.read_model(
            transformers.AutoModelForCausalLM, self.files.weights, self.dtype
        )
        if missing:
            raise PlanError(
                f"{self.name} has no trained language-model head: {sorted(missing)[0]} is missing"
            )
        return network.to(self.device).requires_grad_(False)

    @cached_property
    def ends(self) -> EndTokens:
        """The tokens that end a reply."""
        return EndTokens.of(self.network, self.tokenizer)
