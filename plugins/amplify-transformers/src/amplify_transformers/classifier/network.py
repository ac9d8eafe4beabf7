"""The network of the classifier: from token embeddings to scores, for every kind of model."""

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

Pooling = Literal["mean", "last", "own"]


class ClassifierNetwork(nn.Module):
    """Scores rows: `[rows, tokens, width]` embeddings to `[rows, outputs]`.

    `pooling` "own" leaves pooling and head to the model; otherwise the masked mean of the last
    hidden states, or the last token's, goes through `head`.
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
        further: dict[str, Any] = {"token_type_ids": types} if self.takes_types else {}
        if self.pooling == "last":
            # GPT-2 adds its word embeddings for token types, which nobody trained it for.
            further = {"use_cache": False}
        out = self.backbone(inputs_embeds=embeddings, attention_mask=mask, **further)
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
    if architecture.shape(config) == "masked":
        return ClassifierNetwork(model, "own", None, fresh=False)
    # The model's own pooling looks for padding in the token ids, which embeddings do not have.
    return ClassifierNetwork(model.base_model, "last", model.score, fresh=False)


def load_fresh(
    folder: Path, config: Any, outputs: int, generator: torch.Generator
) -> ClassifierNetwork:
    """The pretrained body with a new linear head of `outputs`, drawn from `generator`."""
    model, missing = loading.read_model(transformers.AutoModel, folder, torch.float32)
    lost = sorted(name for name in missing if "pooler" not in name)
    if lost:
        raise PlanError(
            f"the weights in {folder} are not complete: {lost[0]} and {len(lost) - 1} more missing"
        )
    words = model.get_input_embeddings()
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    width = getattr(text, "hidden_size", None) or words.weight.shape[1]
    head = nn.Linear(width, outputs, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        head.weight.normal_(0.0, 0.02, generator=generator)
        head.bias.zero_()
    pooling: Pooling = "last" if architecture.shape(config) == "causal" else "mean"
    return ClassifierNetwork(model, pooling, head, fresh=True)


def has_head(config: Any) -> bool:
    """Whether the model calls itself a sequence classifier."""
    return any("ForSequenceClassification" in name for name in config.architectures or ())


def columns(config: Any, labels: tuple[str, ...]) -> list[int] | None:
    """The outputs of the model's own head that stand for `labels`; None where one has none.

    Names are compared without regard to case and to what is neither letter nor digit.
    """
    places: dict[str, int] = {}
    for index, name in config.id2label.items():
        places.setdefault(plain(str(name)), int(index))
    found = [places.get(plain(label)) for label in labels]
    if None in found or len(set(found)) < len(found):
        return None
    return [index for index in found if index is not None]


def plain(label: str) -> str:
    """The label's letters and digits in lower case; the label itself where it has none."""
    return re.sub(r"[\W_]+", " ", label).strip().casefold() or label
