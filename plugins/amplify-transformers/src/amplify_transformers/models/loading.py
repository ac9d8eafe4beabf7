"""Loads a model's configuration, tokenizer and weights from its folder.

Only safetensors are read, and code that comes with a model is never run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from amplify import PlanError
from amplify_transformers.models.quiet import quiet


def read_config(folder: Path) -> Any:
    """The model's configuration; PlanError where it cannot be read or needs code of its own."""
    try:
        with quiet():
            return transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise PlanError(
            f"the configuration in {folder} cannot be read: {str(error).splitlines()[0]}"
        ) from error


def read_tokenizer(folder: Path) -> Any:
    """The model's fast tokenizer; PlanError where there is none: only those give offsets."""
    try:
        with quiet():
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise PlanError(
            f"the tokenizer in {folder} cannot be read: {str(error).splitlines()[0]}"
        ) from error
    if not tokenizer.is_fast:
        raise PlanError(
            f"the tokenizer in {folder} gives no character offsets",
            hint="a model with a tokenizer.json is needed",
        )
    return tokenizer


def read_model(kind: Any, folder: Path, dtype: torch.dtype) -> tuple[Any, set[str]]:
    """The model, in eval mode, and the names of the parameters that its files lack.

    `kind` is one of transformers' Auto classes. Parameters that the files lack hold random numbers;
    the caller decides whether the model can be used so.
    """
    try:
        with quiet(), torch.random.fork_rng(devices=[]):
            model, info = kind.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise PlanError(
            f"the model in {folder} cannot be loaded: {str(error).splitlines()[0]}"
        ) from error
    return model.eval(), set(info["missing_keys"])
