"""Log-probabilities of labels: from rows that hold them, or after a row that all labels share."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from transformers.cache_utils import DynamicLayer

from amplify_transformers.batch.tensor_batch import to_float32
from amplify_transformers.models.logits_at import LogitsAt
from amplify_transformers.models.prefix_cache import Prefix


def can_continue_rows(model: Any) -> bool:
    """Whether the model's cache can be continued row by row: full attention, explicit positions.

    A window or a recurrence counts the padding between a row and what follows it.
    """
    layers = transformers.DynamicCache(config=model.config).layers
    return all(type(layer) is DynamicLayer for layer in layers)


class LabelScorer:
    """Scores [rows, labels] of a language model: sums of log-probabilities, or with `mean` means.

    `types`: the model takes token types.
    """

    def __init__(self, model: Any, mean: bool, types: bool) -> None:
        self._model = model
        self._logits_at = LogitsAt(model)
        self._words = model.get_input_embeddings()
        self._mean = mean
        self._types = types

    def within_rows(
        self,
        embeddings: torch.Tensor,
        mask: torch.Tensor,
        types: torch.Tensor,
        positions: torch.Tensor,
        label_ids: torch.Tensor,
    ) -> torch.Tensor:
        """The labels `label_ids` [rows, labels, tokens] at the `positions` [rows, tokens].

        Absent tokens and positions are -1.
        """
        logits, _ = self._logits_at(
            positions.clamp(min=0),
            inputs_embeds=embeddings.to(self._words.weight.dtype),
            attention_mask=mask,
            **({"token_type_ids": types} if self._types else {}),
        )
        vocabulary = to_float32(logits).log_softmax(-1).transpose(1, 2)  # [rows, ids, tokens]
        return self._reduce(vocabulary.gather(1, label_ids.clamp(min=0)), label_ids)

    def after_rows(
        self,
        prefix: Prefix | None,
        embeddings: torch.Tensor,
        mask: torch.Tensor,
        types: torch.Tensor,
        positions: torch.Tensor,
        label_ids: torch.Tensor,
    ) -> torch.Tensor:
        """The labels `label_ids` [rows, labels, tokens] after rows that end at `positions`.

        `positions` are [rows, 1]; the rows stand after `prefix`. A label's tokens after its first
        are run after the row, from the cache that the row leaves.
        """
        rows, length = mask.shape
        branches = label_ids.shape[2] > 1
        before = len(prefix.ids) if prefix else 0
        inputs: dict[str, Any] = {"use_cache": False}
        if prefix or branches:
            empty = transformers.DynamicCache(config=self._model.config)
            mask = torch.cat([mask.new_ones(rows, before), mask], 1)
            token_positions = torch.arange(before, before + length, device=mask.device)
            inputs = {
                "use_cache": True,
                "past_key_values": prefix.copies(rows) if prefix else empty,
                "position_ids": token_positions.expand(rows, -1),
            }
        logits, cache = self._logits_at(
            positions,
            inputs_embeds=embeddings.to(self._words.weight.dtype),
            attention_mask=mask,
            **inputs,
        )
        first = to_float32(logits[:, 0]).log_softmax(-1).gather(1, label_ids[:, :, 0])
        scores = first.unsqueeze(-1)
        if branches:
            further = self._further_tokens(cache, mask, before + positions, label_ids)
            scores = torch.cat([scores, further], -1)
        return self._reduce(scores, label_ids)

    def _further_tokens(
        self, cache: Any, mask: torch.Tensor, last: torch.Tensor, label_ids: torch.Tensor
    ) -> torch.Tensor:
        """Log-probabilities [rows, labels, tokens - 1] of each label's tokens after its first.

        `last` [rows, 1] are the positions of the rows' last tokens, whose `cache` is continued.
        """
        rows, labels, longest = label_ids.shape
        present = label_ids >= 0
        # Labels of one token have nothing to run.
        longer = present[:, :, 1].any(0).nonzero().squeeze(1)
        source = torch.arange(rows, device=mask.device).repeat_interleave(len(longer))
        cache.batch_select_indices(source)
        steps = torch.arange(longest - 1, device=mask.device).expand(len(source), -1)
        inputs = label_ids[:, longer, :-1].flatten(0, 1)
        logits, _ = self._logits_at(
            steps,
            inputs_embeds=self._words(inputs.clamp(min=0)),
            attention_mask=torch.cat([mask[source], (inputs >= 0).to(mask.dtype)], 1),
            position_ids=last[source] + 1 + steps,
            past_key_values=cache,
            use_cache=True,
        )
        following = label_ids[:, longer, 1:].flatten(0, 1).clamp(min=0).unsqueeze(-1)
        scores = to_float32(logits).log_softmax(-1).gather(-1, following)
        every_label = scores.new_zeros(rows, labels, longest - 1)
        return every_label.index_copy(1, longer, scores.reshape(rows, len(longer), longest - 1))

    def _reduce(self, scores: torch.Tensor, label_ids: torch.Tensor) -> torch.Tensor:
        """Scores [rows, labels] from those of the labels' tokens [rows, labels, tokens]."""
        present = label_ids >= 0
        total = torch.where(present, scores, 0.0).sum(-1)
        return total / present.sum(-1) if self._mean else total
