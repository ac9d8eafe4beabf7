"""What a model's configuration says: whether it reads left to right, how long an input may be."""

from __future__ import annotations

from typing import Any, Literal

import torch
from transformers.models.auto import modeling_auto

from amplify import PlanError


def direction(config: Any) -> Literal["causal", "masked"]:
    """Whether the model reads left to right or both ways; PlanError for encoder-decoders."""
    if getattr(config, "is_encoder_decoder", False):
        raise PlanError(f"encoder-decoder models ({config.model_type}) are not supported")
    names = " ".join(config.architectures or ())
    if "ForCausalLM" in names or "LMHeadModel" in names or getattr(config, "is_decoder", False):
        return "causal"
    causal = config.model_type in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    masked = config.model_type in modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return "causal" if causal and not masked else "masked"


def longest_input(config: Any, tokenizer: Any, model: Any, longest: int | None) -> int | None:
    """The most tokens of an input, special ones included; None where nothing limits it.

    It is the least of what configuration, tokenizer and the user (`longest`) allow. RoBERTa and its
    kind count positions from the padding index on: so many rows of their position table are unused.
    """
    lengths: list[int] = []
    positions = context_length(config)
    if positions is not None:
        unused = 0
        for name, module in model.named_modules():
            if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
                unused = 0 if module.padding_idx is None else module.padding_idx + 1
        lengths.append(positions - unused)
    if tokenizer.model_max_length < 10**9:
        lengths.append(tokenizer.model_max_length)
    if longest is not None:
        lengths.append(longest)
    return min(lengths, default=None)


def context_length(config: Any) -> int | None:
    """The model's context length in tokens, as its configuration says."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    length = getattr(text, "max_position_embeddings", None)
    return int(length) if isinstance(length, int) and length > 0 else None


def filler_id(tokenizer: Any) -> int:
    """The id that fills a row up: of padding, else of the end of text, else of unknown, else 0."""
    for name in ("pad_token_id", "eos_token_id", "unk_token_id"):
        token = getattr(tokenizer, name, None)
        if token is not None:
            return int(token)
    return 0
