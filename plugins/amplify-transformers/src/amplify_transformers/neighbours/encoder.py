"""Embeds texts with a pretrained encoder, each text once in a process."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import torch

from amplify import Context
from amplify_transformers.batch.by_length import TokenBudget, batches_by_length, pad
from amplify_transformers.classifier.network import ClassifierNetwork, load_body
from amplify_transformers.models import architecture, files, loading
from amplify_transformers.models.device import choose_device
from amplify_transformers.tokens.encoding import TextRow, encode


class Encoder:
    """A pretrained model without a head, which turns texts into vectors of length 1.

    A vector is the mean of the last hidden states of a text's tokens, as sentence encoders of the
    kind of MiniLM are trained for; of a model that reads left to right it is the last of these
    states. `settings` is the folder of configuration and tokenizer, `weights` that of the model.
    `known` holds the vectors of all texts that were embedded.
    """

    def __init__(self, settings: Path, weights: Path, device: torch.device) -> None:
        config = loading.read_config(settings)
        self._tokenizer = loading.read_tokenizer(settings)
        backbone, pooling = load_body(weights, config)
        self._network = ClassifierNetwork(backbone, pooling, torch.nn.Identity(), fresh=False)
        self._network.to(device).eval().requires_grad_(False)
        self._limit = architecture.longest_input(config, self._tokenizer, backbone, None)
        self._filler = architecture.filler_id(self._tokenizer)
        self._device = device
        self.known: dict[str, torch.Tensor] = {}

    @classmethod
    def of(cls, model: str, device: str, context: Context) -> Encoder:
        """The encoder called `model` on the `device`, loaded once for all who ask for it."""
        model_files = files.find(model, context)
        return _loaded(model_files.settings, model_files.weights, choose_device(device, context))

    def embed(self, texts: Sequence[str]) -> torch.Tensor:
        """Tensor [texts, width] on the CPU; texts that are not known yet are embedded in batches.

        The values are rounded, so that the batch in which a text was embedded moves none.
        """
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        rows = encode(self._tokenizer, [TextRow(text) for text in new], self._limit)
        budget = TokenBudget.of(self._device, None)
        for indices in batches_by_length([[row] for row in rows], budget):
            padded = pad([rows[index] for index in indices], self._filler, self._device)
            with torch.no_grad():
                words = self._network.words(padded.ids)
                vectors = self._network(words, padded.mask, padded.types)
            unit = torch.nn.functional.normalize(vectors.float(), dim=1).cpu().round(decimals=5)
            self.known.update((new[i], vector) for i, vector in zip(indices, unit, strict=True))
        return torch.stack([self.known[text] for text in texts])


@functools.lru_cache(maxsize=2)
def _loaded(settings: Path, weights: Path, device: torch.device) -> Encoder:
    """The encoder of these folders; two are kept, with all texts that they have embedded."""
    return Encoder(settings, weights, device)
