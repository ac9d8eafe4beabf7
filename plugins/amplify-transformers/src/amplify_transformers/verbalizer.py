"""The untuned proxy: a language model's own log-probabilities of the labels' tokens (E = 0)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import transformers

from amplify import Context, EncodedBatch, Example, PlanError, PluginError, Scores
from amplify_transformers import device, models
from amplify_transformers.batch import Batch, score_all
from amplify_transformers.batching import batches_by_length, pad
from amplify_transformers.cloze import Cloze, Frame, clozes, verbalised
from amplify_transformers.options import VerbalizerOptions


class Verbalizer:
    """A proxy that scores labels with a language-model head (`Proxy`, `GradientProxy`).

    A causal model reads the prompt with each label in place and sums (or averages) the
    log-probabilities of the label's tokens, each given all before it; a masked model reads as many
    masks as the label has tokens. These are the logits; their softmax is over the item's labels.
    """

    def __init__(self, options: VerbalizerOptions, context: Context) -> None:
        self._options = options
        self._device = device.choose(options.device, context, options.threads)
        folder = models.find(options.model, context)
        config = models.read_config(folder)
        self._tokenizer = models.read_tokenizer(folder)
        self._filler = models.filler_id(self._tokenizer)
        causal = models.shape(config) == "causal"
        kind = transformers.AutoModelForCausalLM if causal else transformers.AutoModelForMaskedLM
        self._model, missing = models.read_model(kind, folder, torch.float32)
        if missing:
            raise PlanError(
                f"{options.model} has no trained language-model head"
                f" ({sorted(missing)[0]} and {len(missing) - 1} more missing)",
                hint="use transformers/classifier to fine-tune it",
            )
        self._model.to(self._device).requires_grad_(False)
        self._mask: int | None = None if causal else self._tokenizer.mask_token_id
        if not causal and self._mask is None:
            raise PlanError(f"the tokenizer of {options.model} has no mask token")
        self._frame = Frame.of(options.prompt, causal)
        self._limit = models.longest_input(config, self._tokenizer, self._model, options.max_length)
        parameters = inspect.signature(self._model.forward).parameters
        self._takes_types = not causal and "token_type_ids" in parameters
        self._trims = "logits_to_keep" in parameters
        self._labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Learn the labels' names, and nothing else."""
        self._labels = labels

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order; equal inputs are scored once."""
        items = [self._rows(example) for example in examples]
        labels = [example.labels(self._labels) for example in examples]
        # Rows of a masked model show masks alone: the label's ids tell them apart.
        keys = [tuple((c.tokens.ids, c.spots, c.wanted) for c in item) for item in items]
        return score_all(items, keys, labels, lambda unique: self._encoded(unique, None))

    def batches(self, examples: Sequence[Example]) -> Iterator[EncodedBatch]:
        """The examples in batches of similar length, for explainers."""
        labels = [example.labels(self._labels) for example in examples]
        yield from self._encoded([self._rows(example) for example in examples], labels)

    def _rows(self, example: Example) -> list[Cloze]:
        labels = example.labels(self._labels)
        if not labels:
            raise PluginError("the verbalizer was asked to score before it was fitted")
        names = verbalised(example, labels, self._options.letters)
        return clozes(self._tokenizer, self._frame, example.text, names, self._limit, self._mask)

    def _encoded(
        self, items: Sequence[Sequence[Cloze]], labels: Sequence[tuple[str, ...]] | None
    ) -> Iterator[Batch]:
        lengths = [[cloze.tokens for cloze in item] for item in items]
        words = self._model.get_input_embeddings()
        for indices in batches_by_length(lengths, self._options.token_budget):
            rows = [cloze for index in indices for cloze in items[index]]
            tokens = [cloze.tokens for cloze in rows]
            padded = pad(tokens, self._filler, self._device)
            most = max(len(cloze.spots) for cloze in rows)
            spots = [[*c.spots, *([-1] * (most - len(c.spots)))] for c in rows]
            wanted = [[*c.wanted, *([0] * (most - len(c.spots)))] for c in rows]
            arguments = (
                padded.mask,
                padded.types,
                torch.tensor(spots, device=self._device),
                torch.tensor(wanted, device=self._device),
            )
            yield Batch.of(
                indices, tokens, padded, words, self._filler, self._score, arguments, labels, True
            )

    def _score(
        self,
        embeddings: torch.Tensor,
        mask: torch.Tensor,
        types: torch.Tensor,
        spots: torch.Tensor,
        wanted: torch.Tensor,
    ) -> torch.Tensor:
        """Tensor [rows, 1]: the label's log-probability in each row."""
        further: dict[str, Any] = {"token_type_ids": types} if self._takes_types else {}
        # A causal model says at each position what comes next.
        read = spots if self._mask is not None else spots - 1
        real = spots >= 0
        read = read.clamp(min=0)
        if self._trims and self._mask is None:
            needed, read = torch.unique(read, return_inverse=True)
            further |= {"logits_to_keep": needed, "use_cache": False}
        out = self._model(inputs_embeds=embeddings, attention_mask=mask, **further)
        at = out.logits.gather(1, read.unsqueeze(-1).expand(-1, -1, out.logits.shape[-1]))
        found = at.log_softmax(-1).gather(-1, wanted.unsqueeze(-1)).squeeze(-1)
        total = torch.where(real, found, 0.0).sum(1, keepdim=True)
        return total / real.sum(1, keepdim=True) if self._options.normalise == "mean" else total
