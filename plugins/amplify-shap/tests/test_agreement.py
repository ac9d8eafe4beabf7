"""The same numbers as shap used plainly, on sentences: over a linear proxy and a transformer."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amplify_shap.explainers import Kernel, Partition, Permutation, ShapExplainer
from amplify_shap.library import shap
from amplify_shap.masker import halves
from amplify_shap.options import ShapOptions
from known import encoder
from known.sentences import asked, training

from amplify import Claim, Context, Example, word_ranges

EVALUATIONS = 8


def by_permutation(model: Any, words: int) -> Any:
    explainer = shap.PermutationExplainer(model, np.zeros((1, words)), seed=0)
    return explainer(np.ones((1, words)), max_evals=EVALUATIONS * words, silent=True).values[0]


def by_kernel(model: Any, words: int) -> Any:
    np.random.seed(0)
    explainer = shap.KernelExplainer(model, np.zeros((1, words)))
    return explainer.shap_values(
        np.ones((1, words)), nsamples=EVALUATIONS * words, l1_reg=0, silent=True
    )[0]


def by_partition(model: Any, words: int) -> Any:
    np.random.seed(0)
    masker = shap.maskers.Partition(np.zeros((1, words)), clustering=halves(words))
    explainer = shap.PartitionExplainer(model, masker)
    return explainer(
        np.ones((1, words)), max_evals=EVALUATIONS * words, batch_size=64, silent=True
    ).values[0]


METHODS = pytest.mark.parametrize(
    ("kind", "plain"),
    [(Permutation, by_permutation), (Kernel, by_kernel), (Partition, by_partition)],
)
SENTENCES = pytest.mark.parametrize("example", asked(), ids=lambda e: e.id)


def agree(
    proxy: Any, kind: type[ShapExplainer], plain: Callable[..., Any], example: Example, model: Any
) -> None:
    """Relative difference at most 1e-4, the ten strongest words the same and in order."""
    explainer = kind(ShapOptions(evaluations=EVALUATIONS), Context(seed=0))
    (found,) = explainer.explain(proxy, [Claim(example, "good")])
    mine = np.array([s.score for s in found.spans])
    other = plain(model, len(word_ranges(example.text)))
    assert np.abs(mine - other).max() <= 1e-4 * np.abs(other).max()
    assert list(np.argsort(-mine)[:10]) == list(np.argsort(-other)[:10])
    assert np.abs(other).max() > 0.05


@METHODS
@SENTENCES
def test_it_is_shaps_own_answer(
    kind: type[ShapExplainer], plain: Callable[..., Any], example: Example
) -> None:
    linear = pytest.importorskip("amplify_sklearn.linear", reason="amplify-sklearn is not there")
    options = importlib.import_module("amplify_sklearn.options")
    proxy = linear.Linear(options.LinearOptions(), Context())
    proxy.fit(training(), ("bad", "good"))
    words = [example.text[a:b] for a, b in word_ranges(example.text)]

    def model(rows: Any) -> Any:
        """What a user writes: the words that are left, joined to a string."""
        texts = [" ".join(w for w, on in zip(words, row, strict=True) if on) for row in rows]
        return np.array([s.logits[1] for s in proxy.predict([Example("", t, "") for t in texts])])

    agree(proxy, kind, plain, example, model)


@pytest.fixture(scope="module")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return encoder.made(tmp_path_factory.mktemp("encoder"))


@METHODS
@SENTENCES
def test_the_fast_path_is_shap_over_plain_transformers(
    transformer: Any, kind: type[ShapExplainer], plain: Callable[..., Any], example: Example
) -> None:
    proxy, logits = transformer
    text, words = example.text, word_ranges(example.text)

    def model(rows: Any) -> Any:
        """What a user writes: the text less its hidden words, in one padded batch."""
        return logits([shown(row) for row in rows])[:, 1].astype(float)

    def shown(row: Any) -> str:
        left = text
        for (start, end), on in reversed(list(zip(words, row, strict=True))):
            left = left if on else left[:start] + left[end:]
        return left

    agree(proxy, kind, plain, example, model)
