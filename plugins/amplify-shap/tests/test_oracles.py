"""SHAP on models whose Shapley values are known, in float64; each oracle notices a mutant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from amplify_shap import explainers
from amplify_shap.explainers import Kernel, Partition, Permutation, ShapExplainer
from amplify_shap.library import shap
from amplify_shap.masker import WordMasker, halves
from amplify_shap.options import ShapOptions
from known import dropping
from known.models import WordSums

from amplify import Claim, Context, Example, Objective, Option
from amplify.kit import ablation

KINDS = (Permutation, Kernel, Partition)
ENOUGH = {Permutation: 1, Kernel: 10, Partition: 20}
TIGHT = 1e-12


def made(kind: type[ShapExplainer], seed: int = 0, **options: Any) -> ShapExplainer:
    options.setdefault("evaluations", ENOUGH[kind])
    return kind(ShapOptions(**options), Context(seed=seed))


@pytest.mark.parametrize("contrast", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_on_an_additive_model_each_word_has_its_weight(
    kind: type[ShapExplainer], contrast: bool
) -> None:
    dropping.assert_additive(made(kind, contrast=contrast), TIGHT, contrast)


@pytest.mark.parametrize("kind", KINDS)
def test_two_words_that_act_together_share_their_effect(kind: type[ShapExplainer]) -> None:
    dropping.assert_shapley(made(kind), TIGHT)


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_company_change_nothing(kind: type[ShapExplainer]) -> None:
    dropping.assert_independent(made(kind))
    dropping.assert_honest(made(kind))


@pytest.mark.parametrize("mutant", dropping.MUTANTS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_oracle_notices_words_that_are_dropped_wrongly(
    kind: type[ShapExplainer], mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablation, "without", dropping.MUTANTS[mutant])
    with pytest.raises(AssertionError):
        dropping.assert_additive(made(kind), TIGHT)


def test_the_oracle_notices_a_contrast_that_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    def added(self: Objective, scores: Any) -> float:
        return float(sum(scores.logits[scores.labels.index(x)] for x in (self.target, self.foil)))

    monkeypatch.setattr(Objective, "__call__", added)
    with pytest.raises(AssertionError):
        dropping.assert_additive(made(Permutation, contrast=True), TIGHT, True)


def test_the_oracle_notices_shaps_own_choice_of_ten_words(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shap.KernelExplainer.shap_values

    def ten(self: Any, x: Any, **arguments: Any) -> Any:
        return whole(self, x, **{**arguments, "l1_reg": "num_features(10)"})

    monkeypatch.setattr(shap.KernelExplainer, "shap_values", ten)
    with pytest.raises(AssertionError):
        dropping.assert_additive(made(Kernel), TIGHT)


def test_the_oracle_notices_a_starved_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ShapExplainer, "_budget", lambda self, words, least: 20)
    with pytest.raises(AssertionError):
        dropping.assert_additive(made(Partition), TIGHT)


def test_the_pair_oracle_notices_a_method_that_only_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(self: Any, model: Any, words: int) -> Any:
        steps = model(np.tril(np.ones((words + 1, words)), -1))
        return np.diff(steps)

    monkeypatch.setattr(Permutation, "_values", forward)
    dropping.assert_additive(made(Permutation), TIGHT)
    with pytest.raises(AssertionError):
        dropping.assert_shapley(made(Permutation), TIGHT)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_and_remainder_are_the_whole(kind: type[ShapExplainer]) -> None:
    """On probabilities, where no closed form holds."""
    proxy = WordSums()
    explained = made(kind, evaluations=3, of="probabilities").explain(proxy, dropping.claims())
    for explanation, scores in zip(
        explained, proxy.predict([c.example for c in dropping.claims()]), strict=True
    ):
        whole = sum(s.score for s in explanation.spans) + explanation.remainder
        assert whole == pytest.approx(scores.probability("yes"), abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides_and_numpys_chance_is_left_alone(kind: type[ShapExplainer]) -> None:
    np.random.seed(7)
    before = np.random.get_state()[1].copy()
    first, again, other = (
        made(kind, seed, evaluations=3, of="probabilities").explain(WordSums(), dropping.claims())
        for seed in (1, 1, 2)
    )
    assert (np.random.get_state()[1] == before).all()
    assert first == again
    if kind is not Partition:  # whose tree leaves little to chance
        assert first != other


@pytest.mark.parametrize("kind", KINDS)
def test_texts_come_in_large_lists_and_within_the_budget(
    kind: type[ShapExplainer],
) -> None:
    proxy = WordSums()
    text = " ".join(f"w{i}" for i in range(30))
    made(kind, evaluations=10).explain(proxy, [Claim(Example("0", text, "yes"), "yes")])
    assert 30 < sum(proxy.calls) <= 10 * 30 + 4
    assert len(proxy.calls) <= {Permutation: 6, Kernel: 3, Partition: 12}[kind]


def test_options_are_moved_along() -> None:
    text = "which of them? (A) a warm day (B) a cold day"
    options = (Option("(A)", 19, 29), Option("(B)", 34, 44))
    item = Example("0", text, "(B)", options, (0, 14))
    proxy = WordSums()
    (found,) = made(Permutation).explain(proxy, [Claim(item, "(B)")])
    got = {text[s.start : s.end]: s.score for s in found.spans}
    assert set(got) == set("which of them a warm cold day".split())
    assert got["cold"] == pytest.approx(proxy.weight("cold", "option"), abs=TIGHT)
    assert got["warm"] == got["which"] == 0.0


def test_progress_is_told_claim_by_claim() -> None:
    told: list[Any] = []

    @contextmanager
    def show(phase: str, total: int | None) -> Iterator[Any]:
        told.append((phase, total))
        yield lambda count=1: told.append(count)

    explainer = Kernel(ShapOptions(), Context(show=show))
    explainer.explain(WordSums(), dropping.claims())
    assert told == [("explain with shap/kernel", len(dropping.TEXTS)), *[1] * len(dropping.TEXTS)]


@pytest.mark.parametrize("words", [2, 3, 7, 64, 101])
def test_the_tree_halves_the_text(words: int) -> None:
    tree = halves(words)
    assert tree.shape == (words - 1, 4)
    spans = {index: (index, index + 1) for index in range(words)}
    for row, (left, right, _, size) in enumerate(tree):
        (start, middle), (again, end) = spans[int(left)], spans[int(right)]
        assert middle == again
        assert abs((middle - start) - (end - middle)) <= 1
        assert end - start == size
        spans[words + row] = (start, end)
    assert spans[2 * words - 2] == (0, words)
    assert tree[-1, 2] == int(np.ceil(np.log2(words)))
    masker = WordMasker(words, tree)
    assert masker(False)[0].sum() == 0
    assert explainers.AT_ONCE > 1
