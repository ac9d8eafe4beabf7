"""The untuned proxy: a language model's own log-probabilities of the labels' tokens (E = 0)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import transformers

from amplify import AmplifyError, Context, EncodedBatch, Example, PlanError, PluginError, Scores
from amplify_transformers.batch.by_length import TokenBudget, batches_by_length, pad
from amplify_transformers.batch.encoded import TensorBatch
from amplify_transformers.batch.scoring import LogitsCache, score_all
from amplify_transformers.models import architecture, device, files, loading, prefix_cache
from amplify_transformers.models.freeze import freeze
from amplify_transformers.options import VerbalizerOptions
from amplify_transformers.verbalizer import label_scores
from amplify_transformers.verbalizer.cloze import Cloze, ClozeFormat, clozes, verbalised
from amplify_transformers.verbalizer.readout import LabelReadout, read

PROBES = ("a", "The", "1 b", "\n", "“c”", "é")
"""What texts may begin with: the tokens that come before all of these are the prompt's own."""
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
        self._device = device.choose(options.device, context, options.threads)
        folder = files.find(options.model, context)
        config = loading.read_config(folder)
        self._tokenizer = loading.read_tokenizer(folder)
        self._filler = architecture.filler_id(self._tokenizer)
        self._causal = architecture.shape(config) == "causal"
        kind = (
            transformers.AutoModelForCausalLM if self._causal else transformers.AutoModelForMaskedLM
        )
        dtype = getattr(torch, options.dtype)
        self._model, missing = loading.read_model(kind, folder, dtype)
        if missing:
            raise PlanError(
                f"{options.model} has no trained language-model head"
                f" ({sorted(missing)[0]} and {len(missing) - 1} more missing)",
                hint="use transformers/classifier to fine-tune it",
            )
        self._model.to(self._device)
        self._mask: int | None = None if self._causal else self._tokenizer.mask_token_id
        if not self._causal and self._mask is None:
            raise PlanError(f"the tokenizer of {options.model} has no mask token")
        self._frame = ClozeFormat.of(options.prompt, self._causal, self._tokenizer)
        self._limit = architecture.longest_input(
            config, self._tokenizer, self._model, options.max_length
        )
        self._budget = TokenBudget.of(self._device, options.token_budget)
        freeze(self._model, options.kernel)
        types = "token_type_ids" in inspect.signature(self._model.forward).parameters
        self._score = label_scores.LabelScorer(
            self._model, options.normalise == "mean", types and not self._causal
        )
        self._memo = LogitsCache()
        self._labels: tuple[str, ...] = ()
        self._prefix: prefix_cache.Prefix | None = None
        self._branches, self._prefix = self._share()

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Learn the labels' names, and nothing else."""
        self._labels = labels

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order; equal inputs are scored once."""
        items = [self._reading(example) for example in examples]
        names = [example.labels(self._labels) for example in examples]
        # Rows of a masked model show masks alone: the label's ids tell them apart.
        keys = [(i.cached, [row.ids for row in i.rows], i.spots, i.wanted) for i in items]
        return score_all(items, keys, names, lambda unique: self._encoded(unique, None), self._memo)

    def batches(self, examples: Sequence[Example]) -> Iterator[EncodedBatch]:
        """The examples in batches of similar length, for explainers.

        The tokens of a cached prefix are in no batch.
        """
        names = [example.labels(self._labels) for example in examples]
        yield from self._encoded([self._reading(example) for example in examples], names)

    def _reading(self, example: Example) -> LabelReadout:
        names = example.labels(self._labels)
        if not names:
            raise PluginError("the verbalizer was asked to score before it was fitted")
        shown = verbalised(example, names, self._options.letters)
        found = read(self._clozes(example.text, shown), self._causal, self._branches)
        return found.without(self._prefix.ids) if self._prefix and found.trunk else found

    def _clozes(self, text: str, names: Sequence[str]) -> list[Cloze]:
        return clozes(self._tokenizer, self._frame, text, names, self._limit, self._mask)

    def _share(self) -> tuple[bool, prefix_cache.Prefix | None]:
        """Whether rows may be run from the model's cache, and the prefix, if it is worth one.

        It is tried on two rows, one of them padded, since a cache can be wrong without an error.
        """
        if not self._causal or not label_scores.caches(self._model):
            return False, None
        try:
            probes = [self._clozes(text, PROBE_LABELS) for text in PROBES]
            wanted = self._logits([read(probe, True, False) for probe in probes[:2]])
            own = prefix_cache.common([(*_before_text(c), -1) for probe in probes for c in probe])
            found = (
                prefix_cache.compute(self._model, own) if len(own) >= prefix_cache.LEAST else None
            )
            together = [read(probe, True, True) for probe in probes[:2]]
            self._prefix = found
            got = self._logits([item.without(own) if found else item for item in together])
        except (AmplifyError, *prefix_cache.UNSHARED):
            return False, None
        tolerance = 1e-3 if self._options.dtype == "float32" else 5e-2
        close = torch.allclose(got, wanted, rtol=tolerance, atol=tolerance)
        return close, found if close else None

    def _logits(self, items: Sequence[LabelReadout]) -> torch.Tensor:
        rows: dict[int, torch.Tensor] = {}
        with torch.no_grad():
            for batch in self._encoded(items, None):
                found = batch.forward(batch.embeddings, *batch.arguments)
                rows |= zip(batch.indices, found, strict=True)
        return torch.stack([rows[index] for index in range(len(items))])

    def _encoded(
        self, items: Sequence[LabelReadout], names: Sequence[tuple[str, ...]] | None
    ) -> Iterator[TensorBatch]:
        rows = [item.rows for item in items]
        groups = [(item.trunk, item.cached, len(item.wanted[0])) for item in items]
        for indices in batches_by_length(rows, self._budget, groups):
            chosen = [items[index] for index in indices]
            tokens = [row for item in chosen for row in item.rows]
            padded = pad(tokens, self._filler, self._device)
            spots = [spots for item in chosen for spots in item.spots]
            wanted = [wanted for item in chosen for wanted in item.wanted]
            score: Callable[..., Any] = self._score.shown
            if chosen[0].trunk:
                before = self._prefix if chosen[0].cached else None
                score = functools.partial(self._score.after, before)
            arguments = (
                padded.mask,
                padded.types,
                torch.tensor(_filled(spots), device=self._device),
                self._wanted(wanted),
            )
            yield TensorBatch.of(
                indices,
                tokens,
                padded,
                self._model.get_input_embeddings(),
                self._filler,
                score,
                arguments,
                names,
                by_row=len(chosen[0].wanted[0]) == 1,
                mask=self._mask,
            )

    def _wanted(self, wanted: Sequence[Sequence[tuple[int, ...]]]) -> torch.Tensor:
        """Tensor [rows, labels, tokens] of token ids, -1 where a label has no more."""
        flat = _filled([ids for row in wanted for ids in row])
        return torch.tensor(flat, device=self._device).reshape(len(wanted), -1, len(flat[0]))


def _filled(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    most = max(map(len, rows))
    return [[*row, *([-1] * (most - len(row)))] for row in rows]


def _before_text(cloze: Cloze) -> tuple[int, ...]:
    """The ids before the text's first token, and before the one that the label follows."""
    places = cloze.tokens.places[: cloze.spots[0] - 1]
    ends = next((i for i, place in enumerate(places) if place), len(places))
    return cloze.tokens.ids[:ends]
