"""What the requests to a local model take of its memory, and how many may run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

import torch

from amplify import Prompt, ProviderError, Request
from amplify_transformers.generate.causal_model import CausalModel
from amplify_transformers.generate.decoding import SharingMode
from amplify_transformers.generate.labelled_prompt import LabelledPrompt
from amplify_transformers.generate.memory_batches import MIB, BatchLimits, RowNeed
from amplify_transformers.generate.prefix_sharing import Sharing
from amplify_transformers.generate.prompt_encoder import PromptEncoder
from amplify_transformers.generate.written_ranking import ROWS_SHARE
from amplify_transformers.models.prefix_cache import compute_prefix
from amplify_transformers.options import LocalOptions

ROWS = 64
"""How many rows run side by side as a rule."""

RANKED_ROWS = 16
"""Where labels are ranked on a processor: what is made of many rows leaves its caches."""

ALIKE_ROWS = 256
"""Where rows about as long write on a processor: a step reads the weights and the prefix once."""


class BatchNeeds:
    """The needs of requests, and the limits of batches by the options."""

    def __init__(self, model: CausalModel, encoder: PromptEncoder, options: LocalOptions) -> None:
        self._model = model
        self._encoder = encoder
        self._options = options

    def limits(self, sharing: Sharing, ranks: bool) -> BatchLimits:
        """The limits of a batch behind the prefix of `sharing` that writes, or `ranks` labels."""
        prefix_bytes = sharing.prefix.size if sharing.prefix else 0
        rows, alike_rows = ROWS, 0
        if self._options.batch_size:
            rows = self._options.batch_size
        elif self._model.device.type == "cpu":
            if ranks:
                rows = RANKED_ROWS
            elif sharing.mode is SharingMode.CASCADE:
                alike_rows = ALIKE_ROWS
        return BatchLimits(
            sharing.mode,
            rows=rows,
            alike_rows=alike_rows,
            room=self._options.memory * MIB - prefix_bytes,
            row_bytes=0 if sharing.mode is SharingMode.CASCADE else prefix_bytes,
            token_bytes=0 if sharing.mode.one_by_one else self._token_bytes,
        )

    def row(self, tokens: int, request: Request, labelled: LabelledPrompt | None) -> RowNeed:
        """What a request takes of which so many tokens are to be run."""
        vocabulary = len(self._model.tokenizer)
        if labelled is None:
            # The logits of a step, and those of the step before.
            return RowNeed(tokens, request.max_tokens, 8 * vocabulary)
        # Logits and their logarithms at the end of the prompt and behind a label's tokens.
        positions = 1 + sum(len(ids) - 1 for ids in labelled.endings)
        logits = 8 * positions * vocabulary
        if not request.writes_first:
            return RowNeed(tokens, positions, logits)
        row = RowNeed(tokens, request.max_tokens + labelled.cue + positions)
        copied = (tokens + row.further_tokens) * self._token_bytes // ROWS_SHARE
        return replace(row, extra_bytes=logits + copied)

    @contextmanager
    def memory_errors(self, count: int) -> Iterator[None]:
        """Turns a lack of memory for `count` prompts into an error that says what can be done."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise ProviderError(
                f"{self._model.name}: {count} prompts do not fit in memory side by side",
                hint=f"set llm.memory below {self._options.memory} or llm.batch_size below {count}",
            ) from error

    @cached_property
    def _token_bytes(self) -> int:
        """The bytes that a token takes in the model's cache, as measured."""
        text = "A measure of the cache: 1, 2, 3, 4, 5, 6, 7, 8, 9"
        ids = self._encoder.encode([Prompt("", text)])[0]
        return -(-compute_prefix(self._model.network, ids).size // len(ids))
