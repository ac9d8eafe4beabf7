"""The classifier's network, for every kind of model: from token embeddings to scores."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from torch import nn

from amplify import PlanError
from amplify_transformers.models import architecture, loading

Pooling = Literal["mean", "last", "model"]


class ClassifierNetwork(nn.Module):
    """A classifier of rows: `[rows, tokens, width]` embeddings to `[rows, outputs]`.

    `pooling` "model" leaves pooling and head to the backbone; otherwise the masked mean of the last
    hidden states, or that of the last token, goes through `head`. `fresh` says that the head was
    drawn and has yet to be trained.
    """

    def __init__(self, backbone: Any, pooling: Pooling, head: nn.Module | None, fresh: bool):
        super().__init__()
        self.backbone = backbone
        self.pooling = pooling
        self.head = head
        self.fresh = fresh
        self.takes_types = "token_type_ids" in inspect.signature(backbone.forward).parameters

    @property
    def words(self) -> nn.Module:
        """The input word embedding."""
        layer: nn.Module = self.backbone.get_input_embeddings()
        return layer

    def forward(
        self, embeddings: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> torch.Tensor:
        """Tensor [rows, outputs]; `mask` and `types` are [rows, tokens]."""
        extra: dict[str, Any] = {"token_type_ids": types} if self.takes_types else {}
        if self.pooling == "last":
            # GPT-2 adds its word embeddings for token types, which were never trained.
            extra = {"use_cache": False}
        out = self.backbone(inputs_embeds=embeddings, attention_mask=mask, **extra)
        if self.head is None:
            logits: torch.Tensor = out.logits
            return logits
        hidden = out.last_hidden_state
        if self.pooling == "last":
            pooled = hidden[torch.arange(len(hidden), device=hidden.device), mask.sum(1) - 1]
        else:
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * weights).sum(1) / weights.sum(1)
        scores: torch.Tensor = self.head(pooled)
        return scores


def load_trained(folder: Path, config: Any) -> ClassifierNetwork | None:
    """The model with the classification head that its files hold; None where they hold none."""
    if not has_head(config):
        return None
    model, missing = loading.read_model(
        transformers.AutoModelForSequenceClassification, folder, torch.float32
    )
    if missing:
        return None
    if architecture.direction(config) == "masked":
        return ClassifierNetwork(model, "model", None, fresh=False)
    # The model's pooling looks for padding in the token ids, which embeddings do not have.
    return ClassifierNetwork(model.base_model, "last", model.score, fresh=False)


def load_fresh(
    folder: Path, config: Any, outputs: int, generator: torch.Generator
) -> ClassifierNetwork:
    """The pretrained body with a new linear head of `outputs`, drawn from `generator`."""
    model, pooling = load_body(folder, config)
    words = model.get_input_embeddings()
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    width = getattr(text, "hidden_size", None) or words.weight.shape[1]
    head = nn.Linear(width, outputs, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        head.weight.normal_(0.0, 0.02, generator=generator)
        head.bias.zero_()
    return ClassifierNetwork(model, pooling, head, fresh=True)


def load_body(folder: Path, config: Any) -> tuple[Any, Pooling]:
    """The pretrained model without a head, and how its hidden states become one vector."""
    model, missing = loading.read_model(transformers.AutoModel, folder, torch.float32)
    lacking = sorted(name for name in missing if "pooler" not in name)
    if lacking:
        raise PlanError(
            f"the weights in {folder} are not complete:"
            f" {lacking[0]} and {len(lacking) - 1} more missing"
        )
    return model, "last" if architecture.direction(config) == "causal" else "mean"


def has_head(config: Any) -> bool:
    """Whether the model calls itself a sequence classifier."""
    return any("ForSequenceClassification" in name for name in config.architectures or ())


def label_columns(config: Any, labels: tuple[str, ...]) -> list[int] | None:
    """The outputs of the model's trained head that stand for `labels`; None where one has none.

    Names are compared without regard to case and to what is neither letter nor digit.
    """
    outputs: dict[str, int] = {}
    for index, name in config.id2label.items():
        outputs.setdefault(_normalised(str(name)), int(index))
    columns = [outputs.get(_normalised(label)) for label in labels]
    if None in columns or len(set(columns)) < len(columns):
        return None
    return [index for index in columns if index is not None]


def _normalised(label: str) -> str:
    """The label's letters and digits in lower case; the label itself where it has none."""
    return re.sub(r"[\W_]+", " ", label).strip().casefold() or label
