"""A prompt with labels to rank: the tokens that all labels share, and those of each label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LabelledPrompt:
    """A prompt of `tokens` tokens with labels: the shared `stem`, and each label's `endings`.

    The last `cue` of the tokens stand behind the prompt proper. A label may change the last tokens
    of the prompt; then the stem ends before them, for all. `indistinct` are the positions of two
    labels with equal tokens, or of a label without any.
    """

    tokens: int
    stem: tuple[int, ...]
    endings: tuple[tuple[int, ...], ...]
    indistinct: tuple[int, ...]
    cue: int = 0

    @classmethod
    def of(
        cls, prompt: Sequence[int], with_labels: Sequence[Sequence[int]], cue: int = 0
    ) -> LabelledPrompt:
        """From the ids of the prompt, and of the prompt with each label behind it."""
        length = len(prompt)
        for ids in with_labels:
            differing = (at for at in range(min(length, len(ids))) if ids[at] != prompt[at])
            length = next(differing, min(length, len(ids)))
        endings = tuple(tuple(ids[length:]) for ids in with_labels)
        twins = [at for at, ids in enumerate(endings) if not ids or endings.count(ids) > 1]
        return cls(len(prompt), tuple(prompt[:length]), endings, tuple(twins[:2]), cue)

    @property
    def longest(self) -> int:
        """The tokens of the longest label."""
        return max(map(len, self.endings))
