"""Permutation, Kernel and Partition SHAP over the words of a text, on shap's own classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from amplify import Ablation, Claim, Context, Explanation, Proxy, ablations
from amplify_shap.chance import seeded
from amplify_shap.library import shap
from amplify_shap.masker import WordMasker, halves
from amplify_shap.options import ShapOptions

Array = npt.NDArray[np.float64]
Model = Callable[[Any], Array]
"""From masks [texts, words] to their scores [texts]."""

WHOLE = 2**31 - 1
"""A batch that is as large as the method can make it: the proxy sorts and splits it itself."""

AT_ONCE = 64
"""Texts in a call of Partition, whose next question depends on the answers before."""


class ShapExplainer:
    """Explains claims one by one; the scores and the remainder add up to what is explained."""

    name = ""

    def __init__(self, options: ShapOptions, context: Context) -> None:
        self._options = options
        self._seed = context.seed
        self._show = context.show

    def explain(self, proxy: Proxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order.

        The remainder is the score of the text without its words. A claim whose target is not open
        to its example, or is the only label where a foil is needed, gets no spans. Every claim
        starts from the run's seed: neither order nor company changes an explanation.
        """
        ablated = ablations(proxy, claims, self._options.of, self._options.contrast)
        explanations = []
        with self._show(f"explain with {self.name}", len(ablated)) as advance:
            for ablation in ablated:
                explanations.append(self._explain(ablation))
                advance()
        return explanations

    def _explain(self, ablation: Ablation) -> Explanation:
        if ablation.objective is None:
            return ablation.unexplained(self.name)
        words = len(ablation.words)
        if words < 2:  # nothing to share out: shap's kernel and trees want two features
            rest = ablation.score([[False] * words])[0]
            return ablation.explained([ablation.whole - rest] * words, self.name, rest)

        def model(masks: Any) -> Array:
            return np.array(ablation.score(np.asarray(masks, dtype=bool).tolist()))

        with seeded(self._seed):
            values = self._values(model, words)
        return ablation.explained(values.tolist(), self.name, ablation.score([[False] * words])[0])

    def _budget(self, words: int, least: int) -> int:
        """Evaluations for a text: what the options give each word, at least what is needed."""
        return max(self._options.evaluations * words, least)

    def _values(self, model: Model, words: int) -> Array:
        raise NotImplementedError  # each method's own


class Permutation(ShapExplainer):
    """Whole orders of the words, added one by one and taken away again in that order.

    An order costs 2 n + 1 evaluations for n words, and one order is the least; where no more than
    two words act together, one is exact (`shap.PermutationExplainer`).
    """

    name = "shap/permutation"

    def _values(self, model: Model, words: int) -> Array:
        explainer = shap.PermutationExplainer(model, WordMasker(words), seed=self._seed % 2**32)
        budget = self._budget(words, 2 * words + 1)
        values = explainer(np.ones((1, words)), max_evals=budget, batch_size=WHOLE, silent=True)
        return np.asarray(values.values[0], dtype=np.float64)


class Kernel(ShapExplainer):
    """Weighted least squares on sets of words, without a penalty (`shap.KernelExplainer`).

    At least 2 n + 1 sets for n words, or the regression would not be determined; all sets where
    that is no more than the budget.
    """

    name = "shap/kernel"

    def _values(self, model: Model, words: int) -> Array:
        explainer = shap.KernelExplainer(model, np.zeros((1, words)))
        budget = self._budget(words, 2 * words + 1)
        # Left to itself, shap keeps ten words at most and gives the others 0.
        values = explainer.shap_values(np.ones((1, words)), nsamples=budget, l1_reg=0, silent=True)
        return np.asarray(values[0], dtype=np.float64)


class Partition(ShapExplainer):
    """Owen values along a balanced tree of the text (`shap.PartitionExplainer`).

    At least 5 n evaluations for n words, and 64: with fewer, words share evenly what their part of
    the text has. n (n - 1) + 2 give the exact Owen values.
    """

    name = "shap/partition"

    def _values(self, model: Model, words: int) -> Array:
        explainer = shap.PartitionExplainer(model, WordMasker(words, halves(words)))
        budget = self._budget(words, max(5 * words, 64))
        values = explainer(np.ones((1, words)), max_evals=budget, batch_size=AT_ONCE, silent=True)
        return np.asarray(values.values[0], dtype=np.float64)
