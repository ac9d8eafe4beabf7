"""The fine-tuned proxy: an encoder, a sequence classifier or a causal base model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from amplify import Context, DataError, EncodedBatch, Example, PlanError, PluginError, Scores
from amplify_transformers.batch.by_length import TokenBudget, batches_by_length, pad
from amplify_transformers.batch.scores import LogitsCache, score_all
from amplify_transformers.batch.tensor_batch import TensorBatch, to_float32
from amplify_transformers.classifier import network
from amplify_transformers.classifier.inputs import rows_by_option, text_row
from amplify_transformers.classifier.last_input import LastInput
from amplify_transformers.classifier.training import TrainingItem, train
from amplify_transformers.models import architecture, files, loading, onednn
from amplify_transformers.models.device import choose_device
from amplify_transformers.models.freeze import freeze, require
from amplify_transformers.options import ClassifierOptions
from amplify_transformers.tokens.encoding import EncodedRow, encode

UNTRAINED = "use transformers/verbalizer for a model as it is, or give epochs"


@dataclass(frozen=True)
class FittedClassifier:
    """A fitted network, its labels, and which of its outputs (`columns`) stand for them.

    `by_option`: each example has a row for every label open to it, and the network one output.
    `limit` is the most tokens of a row.
    """

    network: network.ClassifierNetwork
    labels: tuple[str, ...]
    columns: list[int]
    by_option: bool
    limit: int | None


class Classifier:
    """A proxy with a classification head (`Proxy`, `GradientProxy`).

    Where training items list options, every item is scored option by option: one output scores
    the question paired with each option. Otherwise the head has an output for each label.
    """

    def __init__(self, options: ClassifierOptions, context: Context) -> None:
        self._options = options
        self._seed = context.seed
        self._show = context.show
        self._device = choose_device(options.device, context, options.threads)
        self._files = files.find(options.model, context)
        self._config = loading.read_config(self._files.settings)
        self._tokenizer = loading.read_tokenizer(self._files.settings)
        self._filler = architecture.filler_id(self._tokenizer)
        # An impossible kernel is refused before the fit, not after it.
        fits = self._device.type == "cpu" and options.dtype == "float32"
        require(options.kernel, fits, onednn.is_available())
        self._budget = TokenBudget.of(self._device, options.token_budget)
        self._fitted: FittedClassifier | None = None
        self._cache = LogitsCache()
        architecture.direction(self._config)
        if options.epochs == 0 and not network.has_head(self._config):
            raise PlanError(
                f"{options.model} has no classification head, and epochs = 0 trains none:"
                " its scores would be random",
                hint=UNTRAINED,
            )

    @property
    def fitted(self) -> FittedClassifier:
        """What `fit` left; PluginError before it."""
        if self._fitted is None:
            raise PluginError("the classifier was asked to score before it was fitted")
        return self._fitted

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Fine-tune a fresh copy of the model on `train`; with epochs = 0, only load it.

        Items whose label is not open to them teach nothing and are left out. Raises DataError
        where none is left, PlanError where a model without a trained head is to be used as it is.
        """
        usable = [example for example in train if example.label in example.labels(labels)]
        if not usable and self._options.epochs != 0:
            raise DataError("there is no training item to fit the proxy on", hint="see [split]")
        by_option = any(example.options for example in usable)
        fitted = self._load(labels, by_option)
        if self._options.epochs != 0:
            self._train(fitted, usable)
        # The layers that train are ordinary ones; what scores and explains is frozen.
        fitted.network.to(getattr(torch, self._options.dtype))
        freeze(fitted.network, self._options.kernel)
        self._fitted, self._cache = fitted, LogitsCache()

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order; equal inputs are scored once."""
        fitted = self.fitted
        rows = [self._rows(fitted, example) for example in examples]
        labels = [self._labels(fitted, example) for example in examples]
        keys = [tuple((row.ids, row.types) for row in example_rows) for example_rows in rows]
        return score_all(
            rows,
            keys,
            labels,
            lambda missing: self._batches(fitted, missing, None),
            self._cache,
            self._show,
        )

    def features(self, examples: Sequence[Example]) -> list[tuple[float, ...]]:
        """What the last, linear layer reads of each example, rounded.

        Raises PlanError where options are scored one by one: an example then has a vector for each.
        """
        fitted = self.fitted
        if fitted.by_option:
            raise PlanError(
                "the proxy scores the options of an item one by one, so that an item has no single"
                " vector of features",
                hint="another selector",
            )
        rows = [[*self._rows(fitted, example)] for example in examples]
        vectors: list[tuple[float, ...]] = [()] * len(rows)
        with LastInput(fitted.network) as last, torch.no_grad():
            for indices in batches_by_length(rows, self._budget):
                padded = pad([row for i in indices for row in rows[i]], self._filler, self._device)
                words = fitted.network.words(padded.ids)
                read = last.vectors(fitted.network(words, padded.mask, padded.types))
                for index, vector in zip(indices, read.float().cpu().tolist(), strict=True):
                    vectors[index] = tuple(round(value, 5) for value in vector)
        return vectors

    def batches(self, examples: Sequence[Example]) -> Iterator[EncodedBatch]:
        """The examples in batches of similar length, for explainers."""
        fitted = self.fitted
        rows = [self._rows(fitted, example) for example in examples]
        labels = [self._labels(fitted, example) for example in examples]
        yield from self._batches(fitted, rows, labels)

    def _load(self, labels: tuple[str, ...], by_option: bool) -> FittedClassifier:
        """The network before training: with its trained head where that has the labels' outputs."""
        columns: list[int] | None
        if by_option:
            columns = [0] if self._config.num_labels == 1 else None
        else:
            columns = network.label_columns(self._config, labels)
        folder = self._files.weights
        scorer = network.load_trained(folder, self._config) if columns is not None else None
        if scorer is None or columns is None:
            if self._options.epochs == 0:
                trained = ", ".join(map(str, self._config.id2label.values()))
                needed = "one output for items with options" if by_option else ", ".join(labels)
                raise PlanError(
                    f"the head of {self._options.model} was not trained for this task"
                    f" (its labels: {trained}; needed: {needed})",
                    hint=UNTRAINED,
                )
            columns = [0] if by_option else list(range(len(labels)))
            generator = torch.Generator().manual_seed(self._seed)
            scorer = network.load_fresh(folder, self._config, len(columns), generator)
        scorer.to(self._device).eval().requires_grad_(False)
        limit = architecture.longest_input(
            self._config, self._tokenizer, scorer, self._options.max_length
        )
        return FittedClassifier(scorer, labels, columns, by_option, limit)

    def _train(self, fitted: FittedClassifier, examples: Sequence[Example]) -> None:
        items = [
            TrainingItem(
                tuple(self._rows(fitted, example)),
                self._labels(fitted, example).index(example.label),
            )
            for example in examples
        ]

        def loss(batch: Sequence[TrainingItem]) -> torch.Tensor:
            rows = [row for item in batch for row in item.rows]
            padded = pad(rows, self._filler, self._device)
            words = fitted.network.words(padded.ids)
            scores = fitted.network(words, padded.mask, padded.types)
            targets = torch.tensor([item.label for item in batch], device=self._device)
            if fitted.by_option:
                by_item = scores.squeeze(-1).split([len(item.rows) for item in batch])
                # An option that an item does not have gets no probability.
                logits = torch.nn.utils.rnn.pad_sequence(by_item, True, float("-inf"))
            else:
                logits = scores[:, fitted.columns]
            return torch.nn.functional.cross_entropy(logits, targets)

        train(fitted.network, loss, items, self._options, self._seed, self._show)

    def _labels(self, fitted: FittedClassifier, example: Example) -> tuple[str, ...]:
        return example.labels(fitted.labels) if fitted.by_option else fitted.labels

    def _rows(self, fitted: FittedClassifier, example: Example) -> list[EncodedRow]:
        if fitted.by_option:
            rows = rows_by_option(example, fitted.labels)
        elif example.options and self._labels(fitted, example) != example.labels(fitted.labels):
            raise DataError(
                f"item {example.id} lists options of its own, but no training item does",
                hint="the proxy learned the task's labels alone",
            )
        else:
            rows = (text_row(example),)
        return encode(self._tokenizer, rows, fitted.limit)

    def _batches(
        self,
        fitted: FittedClassifier,
        examples: Sequence[Sequence[EncodedRow]],
        labels: Sequence[tuple[str, ...]] | None,
    ) -> Iterator[TensorBatch]:
        """The examples, each given by its rows, in batches; without `labels` these have none."""
        words, columns = fitted.network.words, fitted.columns
        dtype = next(words.parameters()).dtype

        def score(embeddings: torch.Tensor, *arguments: torch.Tensor) -> torch.Tensor:
            scores = to_float32(fitted.network(embeddings.to(dtype), *arguments))
            return scores if fitted.by_option else scores[:, columns]

        for indices in batches_by_length(examples, self._budget):
            rows = [row for index in indices for row in examples[index]]
            padded = pad(rows, self._filler, self._device)
            yield TensorBatch.of(
                indices,
                rows,
                padded,
                words,
                self._filler,
                score,
                (padded.mask, padded.types),
                labels,
                fitted.by_option,
                self._tokenizer.mask_token_id,
            )
