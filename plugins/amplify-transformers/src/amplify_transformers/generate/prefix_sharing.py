"""How prompts with a shared block run together, and the prefix whose cache they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify import Prompt
from amplify_transformers.generate.decoding import SharingMode
from amplify_transformers.generate.prefix_store import PrefixStore
from amplify_transformers.generate.prompt_encoder import PromptEncoder
from amplify_transformers.generate.self_check import choose_mode
from amplify_transformers.models.prefix_cache import (
    LEAST_TOKENS,
    Prefix,
    common_prefix,
    compute_prefix,
)

PROBES = ("a", "7")
"""Two ways to go on after a shared block: the tokens that both leave as they are belong to it."""

UNSHARED = "came from whole prompts: the self-check found that this model's cache cannot be shared"


@dataclass(frozen=True)
class Sharing:
    """The mode in which prompts run, the prefix that they share, and a note for their replies."""

    mode: SharingMode
    prefix: Prefix | None = None
    note: str = ""

    @property
    def cached(self) -> int:
        """The tokens of the prefix, which need not be run for a prompt."""
        return len(self.prefix.ids) if self.prefix else 0


class PrefixSharer:
    """Finds the sharing of prompts; a model's modes are checked once, before its first prompts.

    Prefixes of at most `capacity` bytes are kept for later calls.
    """

    def __init__(self, encoder: PromptEncoder, capacity: int) -> None:
        self._encoder = encoder
        self._store = PrefixStore(capacity)
        self._shared_mode: SharingMode | None = None
        self._plain_mode: SharingMode | None = None

    def share(self, model: Any, prompt: Prompt, rows: Sequence[Sequence[int]]) -> Sharing:
        """The sharing of `rows`: the token ids of prompts with the shared block of `prompt`."""
        if not prompt.shared or self._shared_mode is SharingMode.WHOLE:
            return self._plain(model, rows[0], UNSHARED if prompt.shared else "")
        probes = self._encoder.encode([prompt.asking(question) for question in PROBES])
        ids = common_prefix([*rows, *probes])
        if len(ids) < LEAST_TOKENS:
            return self._plain(model, rows[0], "")
        prefix = self._store.find(ids)
        checked = None
        if self._shared_mode is None:
            self._shared_mode, checked = choose_mode(model, ids, rows[0][len(ids) :])
            if self._shared_mode is SharingMode.WHOLE:
                return self._plain(model, rows[0], UNSHARED)
        if prefix is None:
            prefix = checked or compute_prefix(model, ids)
            self._store.put(prefix)
        return Sharing(self._shared_mode, prefix)

    def _plain(self, model: Any, row: Sequence[int], note: str) -> Sharing:
        """How whole prompts run side by side: as a cascade where the model has its attention."""
        if self._plain_mode is None:
            cascade = self._shared_mode is SharingMode.CASCADE
            self._plain_mode = SharingMode.CASCADE if cascade else choose_mode(model, (), row)[0]
        return Sharing(self._plain_mode, note=note)
