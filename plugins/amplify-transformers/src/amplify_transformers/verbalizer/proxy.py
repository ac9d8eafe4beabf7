"""The untuned proxy: a language model's log-probabilities of the labels' tokens (E = 0)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import transformers

from amplify import AmplifyError, Context, EncodedBatch, Example, PlanError, PluginError, Scores
from amplify_transformers.batch.by_length import TokenBudget, batches_by_length, pad
from amplify_transformers.batch.scores import LogitsCache, score_all
from amplify_transformers.batch.tensor_batch import TensorBatch
from amplify_transformers.models import architecture, files, loading, prefix_cache
from amplify_transformers.models.device import choose_device
from amplify_transformers.models.freeze import freeze
from amplify_transformers.options import VerbalizerOptions
from amplify_transformers.verbalizer.cloze import Cloze, ClozeFormat, clozes, label_texts
from amplify_transformers.verbalizer.label_scores import LabelScorer, can_continue_rows
from amplify_transformers.verbalizer.readout import LabelReadout, label_readout

PROBE_TEXTS = ("a", "The", "1 b", "\n", "“c”", "é")
"""Beginnings of texts: the prompt's first tokens are those that stand before each of them."""
PROBE_LABELS = ("a b c", "a")


class Verbalizer:
    """A proxy that scores labels with a language-model head (`Proxy`, `GradientProxy`).

    A causal model reads the prompt up to the label and sums (or averages) the log-probabilities of
    the label's tokens, each given all before it; a masked model reads as many masks as the label
    has tokens. These are the logits; their softmax is over the item's labels. What the prompt says
    before the text is run once and kept as the model's key-value cache.
    """

    def __init__(self, options: VerbalizerOptions, context: Context) -> None:
        self._options = options
        self._show = context.show
        self._device = choose_device(options.device, context, options.threads)
        model_files = files.find(options.model, context)
        config = loading.read_config(model_files.settings)
        self._tokenizer = loading.read_tokenizer(model_files.settings)
        self._filler = architecture.filler_id(self._tokenizer)
        self._causal = architecture.direction(config) == "causal"
        kind = (
            transformers.AutoModelForCausalLM if self._causal else transformers.AutoModelForMaskedLM
        )
        dtype = getattr(torch, options.dtype)
        self.model, missing = loading.read_model(kind, model_files.weights, dtype)
        if missing:
            raise PlanError(
                f"{options.model} has no trained language-model head"
                f" ({sorted(missing)[0]} and {len(missing) - 1} more missing)",
                hint="use transformers/classifier to fine-tune it",
            )
        self.model.to(self._device)
        self._mask: int | None = None if self._causal else self._tokenizer.mask_token_id
        if not self._causal and self._mask is None:
            raise PlanError(f"the tokenizer of {options.model} has no mask token")
        self._format = ClozeFormat.of(options.prompt, self._causal, self._tokenizer)
        self._limit = architecture.longest_input(
            config, self._tokenizer, self.model, options.max_length
        )
        self._budget = TokenBudget.of(self._device, options.token_budget)
        freeze(self.model, options.kernel)
        types = "token_type_ids" in inspect.signature(self.model.forward).parameters
        self._scorer = LabelScorer(
            self.model, options.normalise == "mean", types and not self._causal
        )
        self._cache = LogitsCache()
        self._labels: tuple[str, ...] = ()
        self._prefix: prefix_cache.Prefix | None = None
        self._can_branch, self._prefix = self._check_sharing()

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Learn the labels' names, and nothing else."""
        self._labels = labels

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order; equal inputs are scored once."""
        readouts = [self._readout(example) for example in examples]
        names = [example.labels(self._labels) for example in examples]
        # Rows of a masked model show masks alone: the label's ids tell them apart.
        keys = [
            (
                readout.cached,
                [row.ids for row in readout.rows],
                readout.positions,
                readout.label_ids,
            )
            for readout in readouts
        ]
        return score_all(
            readouts,
            keys,
            names,
            lambda missing: self._batches(missing, None),
            self._cache,
            self._show,
        )

    def batches(self, examples: Sequence[Example]) -> Iterator[EncodedBatch]:
        """The examples in batches of similar length, for explainers.

        The tokens of a cached prefix are in no batch.
        """
        names = [example.labels(self._labels) for example in examples]
        yield from self._batches([self._readout(example) for example in examples], names)

    def _readout(self, example: Example) -> LabelReadout:
        names = example.labels(self._labels)
        if not names:
            raise PluginError("the verbalizer was asked to score before it was fitted")
        texts = label_texts(example, names, self._options.letters)
        readout = label_readout(self._clozes(example.text, texts), self._causal, self._can_branch)
        if self._prefix and readout.ends_before_label:
            return readout.after_prefix(self._prefix.ids)
        return readout

    def _clozes(self, text: str, labels: Sequence[str]) -> list[Cloze]:
        return clozes(self._tokenizer, self._format, text, labels, self._limit, self._mask)

    def _check_sharing(self) -> tuple[bool, prefix_cache.Prefix | None]:
        """Whether rows may be run from the model's cache, and the prompt's prefix if it is kept.

        It is tried on two rows, one of them padded, since a cache can be wrong without an error.
        """
        if not self._causal or not can_continue_rows(self.model):
            return False, None
        try:
            probes = [self._clozes(text, PROBE_LABELS) for text in PROBE_TEXTS]
            expected = self._logits([label_readout(probe, True, False) for probe in probes[:2]])
            ids = prefix_cache.common_prefix(
                [(*_ids_before_text(cloze), -1) for probe in probes for cloze in probe]
            )
            if len(ids) >= prefix_cache.LEAST_TOKENS:
                self._prefix = prefix_cache.compute_prefix(self.model, ids)
            readouts = [label_readout(probe, True, True) for probe in probes[:2]]
            if self._prefix:
                readouts = [readout.after_prefix(ids) for readout in readouts]
            logits = self._logits(readouts)
        except (AmplifyError, *prefix_cache.CACHE_ERRORS):
            return False, None
        tolerance = 1e-3 if self._options.dtype == "float32" else 5e-2
        agrees = torch.allclose(logits, expected, rtol=tolerance, atol=tolerance)
        return agrees, self._prefix if agrees else None

    def _logits(self, readouts: Sequence[LabelReadout]) -> torch.Tensor:
        """Tensor [readouts, labels]."""
        rows: dict[int, torch.Tensor] = {}
        with torch.no_grad():
            for batch in self._batches(readouts, None):
                logits = batch.forward(batch.embeddings, *batch.arguments)
                rows |= zip(batch.indices, logits, strict=True)
        return torch.stack([rows[index] for index in range(len(readouts))])

    def _batches(
        self, readouts: Sequence[LabelReadout], names: Sequence[tuple[str, ...]] | None
    ) -> Iterator[TensorBatch]:
        """The readouts in batches; `names` are the labels of each (None: the batches have none)."""
        groups = [(r.ends_before_label, r.cached, len(r.label_ids[0])) for r in readouts]
        for indices in batches_by_length([r.rows for r in readouts], self._budget, groups):
            members = [readouts[index] for index in indices]
            rows = [row for readout in members for row in readout.rows]
            padded = pad(rows, self._filler, self._device)
            positions = [row for readout in members for row in readout.positions]
            label_ids = [row for readout in members for row in readout.label_ids]
            score: Callable[..., Any] = self._scorer.within_rows
            if members[0].ends_before_label:
                prefix = self._prefix if members[0].cached else None
                score = functools.partial(self._scorer.after_rows, prefix)
            arguments = (
                padded.mask,
                padded.types,
                torch.tensor(_padded(positions), device=self._device),
                self._label_tensor(label_ids),
            )
            yield TensorBatch.of(
                indices,
                rows,
                padded,
                self.model.get_input_embeddings(),
                self._filler,
                score,
                arguments,
                names,
                by_row=len(members[0].label_ids[0]) == 1,
                mask=self._mask,
            )

    def _label_tensor(self, label_ids: Sequence[Sequence[tuple[int, ...]]]) -> torch.Tensor:
        """Tensor [rows, labels, tokens] of token ids, -1 where a label has no more."""
        flat = _padded([ids for row in label_ids for ids in row])
        return torch.tensor(flat, device=self._device).reshape(len(label_ids), -1, len(flat[0]))


def _padded(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """The rows filled up with -1 to equal length."""
    longest = max(map(len, rows))
    return [[*row, *([-1] * (longest - len(row)))] for row in rows]


def _ids_before_text(cloze: Cloze) -> tuple[int, ...]:
    """The ids before the text's first token, and before the token that the label follows."""
    offsets = cloze.row.offsets[: cloze.label_positions[0] - 1]
    end = next((i for i, offset in enumerate(offsets) if offset), len(offsets))
    return cloze.row.ids[:end]
