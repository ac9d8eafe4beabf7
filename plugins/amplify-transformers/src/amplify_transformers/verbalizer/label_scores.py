"""Log-probabilities of labels: from rows that show them, or after a row that all labels share."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from transformers.cache_utils import DynamicLayer

from amplify_transformers.batch.encoded import full
from amplify_transformers.models.logits_at import LogitsAt
from amplify_transformers.models.prefix_cache import Prefix


def caches(model: Any) -> bool:
    """Whether the model's cache can be continued row by row: full attention, explicit positions.

    A window or a recurrence counts the padding between a row and what follows it.
    """
    layers = transformers.DynamicCache(config=model.config).layers
    return all(type(layer) is DynamicLayer for layer in layers)


class LabelScorer:
    """Scores [rows, labels] of a language model; `mean` divides by the label's tokens."""

    def __init__(self, model: Any, mean: bool, types: bool) -> None:
        self._model = model
        self._points = LogitsAt(model)
        self._words = model.get_input_embeddings()
        self._mean = mean
        self._types = types

    def shown(
        self,
        embeddings: torch.Tensor,
        mask: torch.Tensor,
        types: torch.Tensor,
        spots: torch.Tensor,
        wanted: torch.Tensor,
    ) -> torch.Tensor:
        """The labels `wanted` [rows, labels, tokens] at the `spots` [rows, tokens] of each row.

        Absent tokens and spots are -1.
        """
        logits, _ = self._points(
            spots.clamp(min=0),
            inputs_embeds=embeddings.to(self._words.weight.dtype),
            attention_mask=mask,
            **({"token_type_ids": types} if self._types else {}),
        )
        found = full(logits).log_softmax(-1).transpose(1, 2)  # [rows, vocabulary, tokens]
        return self._reduce(found.gather(1, wanted.clamp(min=0)), wanted)

    def after(
        self,
        prefix: Prefix | None,
        embeddings: torch.Tensor,
        mask: torch.Tensor,
        types: torch.Tensor,
        spots: torch.Tensor,
        wanted: torch.Tensor,
    ) -> torch.Tensor:
        """The labels `wanted` [rows, labels, tokens] after rows that end at `spots` [rows, 1].

        The rows stand after `prefix`. A label's further tokens are run after the row, from the
        cache that the row leaves.
        """
        rows, length = mask.shape
        branched = wanted.shape[2] > 1
        before = len(prefix.ids) if prefix else 0
        inputs: dict[str, Any] = {"use_cache": False}
        if prefix or branched:
            cache = prefix.copies(rows) if prefix else self._empty()
            mask = torch.cat([mask.new_ones(rows, before), mask], 1)
            positions = torch.arange(before, before + length, device=mask.device)
            inputs = {
                "use_cache": True,
                "past_key_values": cache,
                "position_ids": positions.expand(rows, -1),
            }
        logits, cache = self._points(
            spots,
            inputs_embeds=embeddings.to(self._words.weight.dtype),
            attention_mask=mask,
            **inputs,
        )
        found = full(logits[:, 0]).log_softmax(-1).gather(1, wanted[:, :, 0]).unsqueeze(-1)
        if branched:
            rest = self._branches(cache, mask, before + spots, wanted)
            found = torch.cat([found, rest], -1)
        return self._reduce(found, wanted)

    def _branches(
        self, cache: Any, mask: torch.Tensor, last: torch.Tensor, wanted: torch.Tensor
    ) -> torch.Tensor:
        """Log-probabilities [rows, labels, tokens - 1] of each label's tokens after its first."""
        rows, labels, most = wanted.shape
        real = wanted >= 0
        # Labels of one token have nothing to run.
        longer = real[:, :, 1].any(0).nonzero().squeeze(1)
        source = torch.arange(rows, device=mask.device).repeat_interleave(len(longer))
        cache.batch_select_indices(source)
        steps = torch.arange(most - 1, device=mask.device).expand(len(source), -1)
        shown = wanted[:, longer, :-1].flatten(0, 1).clamp(min=0)
        logits, _ = self._points(
            steps,
            inputs_embeds=self._words(shown),
            attention_mask=torch.cat(
                [mask[source], real[:, longer, :-1].flatten(0, 1).to(mask.dtype)], 1
            ),
            position_ids=last[source] + 1 + steps,
            past_key_values=cache,
            use_cache=True,
        )
        following = wanted[:, longer, 1:].flatten(0, 1).clamp(min=0).unsqueeze(-1)
        found = full(logits).log_softmax(-1).gather(-1, following)
        every = found.new_zeros(rows, labels, most - 1)
        return every.index_copy(1, longer, found.reshape(rows, len(longer), most - 1))

    def _empty(self) -> Any:
        return transformers.DynamicCache(config=self._model.config)

    def _reduce(self, found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        real = wanted >= 0
        total = torch.where(real, found, 0.0).sum(-1)
        return total / real.sum(-1) if self._mean else total
