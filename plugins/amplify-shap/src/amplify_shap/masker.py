"""The features that shap switches on and off: the words of a text."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from amplify_shap.library import shap


class WordMasker(shap.maskers.Masker):  # type: ignore[misc]  # shap is not typed for mypy
    """Hands shap's masks on as they are: the model drops the words that a mask hides.

    `tree` is the hierarchy of the words for `PartitionExplainer`, None for no hierarchy.
    """

    immutable_outputs = True

    def __init__(self, words: int, tree: npt.NDArray[np.float64] | None = None) -> None:
        self.shape = (1, words)
        self.clustering = tree

    def __call__(self, mask: Any, *args: Any) -> tuple[npt.NDArray[np.bool_]]:
        """The one masked input: [1, words]."""
        hidden = self._standardize_mask(mask, *args)
        return (np.asarray(hidden, dtype=bool).reshape(1, -1),)

    def mask_shapes(self, *args: Any) -> list[tuple[int]]:
        """One feature a word."""
        return [(self.shape[1],)]


def halves(words: int) -> npt.NDArray[np.float64]:
    """The balanced tree over words in their order, as a linkage matrix [words - 1, 4].

    A row joins two nodes: their numbers, the height of the join and how many words it spans. Nodes
    from `words` on are rows, children before parents, the whole text last.
    """
    rows: list[tuple[int, int, int, int]] = []

    def join(start: int, end: int) -> tuple[int, int]:
        if end - start == 1:
            return start, 0
        middle = (start + end + 1) // 2
        (left, left_height), (right, right_height) = join(start, middle), join(middle, end)
        height = max(left_height, right_height) + 1
        rows.append((left, right, height, end - start))
        return words + len(rows) - 1, height

    join(0, words)
    return np.array(rows, dtype=np.float64)
