"""LIME on models whose answer is known, in float64, and against lime used plainly on sentences."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from amplify_lime.explainer import Text
from amplify_lime.options import LimeOptions
from amplify_lime.plugin import amplify_explainers
from known import dropping, encoder
from known.models import WordSums
from known.sentences import asked, training
from lime.lime_text import LimeTextExplainer

from amplify import Claim, Context, Example, Objective, OptionError, word_ranges
from amplify.contract.options import convert, describe
from amplify.kit import ablation

TIGHT = 1e-12


def made(seed: int = 0, **options: Any) -> Text:
    options.setdefault("regression", "least-squares")
    return Text(LimeOptions(**options), Context(seed=seed))


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, amplify_lime.plugin as p; list(p.amplify_explainers());"
        "print([m for m in ('lime', 'sklearn', 'numpy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_component_can_be_made() -> None:
    (component,) = amplify_explainers()
    assert component.needs == ("predict",)
    assert all(info.help for info in describe(component.options))
    module, _, name = str(component.factory).partition(":")
    assert getattr(importlib.import_module(module), name) is Text


@pytest.mark.parametrize(
    ("values", "message"),
    [({"samples": "1"}, "at least 2"), ({"kernel_width": 0}, "above 0"), ({"of": "x"}, "of")],
)
def test_bad_options_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        convert(LimeOptions, values, "[explainer]")


@pytest.mark.parametrize("contrast", [False, True])
@pytest.mark.parametrize("repeats", ["apart", "together"])
def test_on_an_additive_model_each_word_has_its_weight(contrast: bool, repeats: str) -> None:
    dropping.assert_additive(made(contrast=contrast, repeats=repeats), TIGHT, contrast)


def test_ridge_shrinks_and_more_samples_shrink_less() -> None:
    proxy = WordSums()
    claim = dropping.claims()[0]
    wanted = np.array(
        [proxy.weight(claim.example.text[a:b], "yes") for a, b in word_ranges(claim.example.text)]
    )

    def distance(samples: int) -> float:
        (found,) = made(regression="ridge", samples=samples).explain(proxy, [claim])
        scores = np.array([span.score for span in found.spans])
        return float(np.linalg.norm(scores - wanted) / np.linalg.norm(wanted))

    assert 0.01 < distance(300) < 0.15
    assert distance(3000) < 0.02


@pytest.mark.parametrize("mutant", dropping.MUTANTS)
def test_the_oracle_notices_words_that_are_dropped_wrongly(
    mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablation, "without", dropping.MUTANTS[mutant])
    with pytest.raises(AssertionError):
        dropping.assert_additive(made(), TIGHT)


def test_the_oracle_notices_a_ridge_and_a_contrast_that_adds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(AssertionError):
        dropping.assert_additive(made(regression="ridge"), TIGHT)

    def added(self: Objective, scores: Any) -> float:
        return float(sum(scores.logits[scores.labels.index(x)] for x in (self.target, self.foil)))

    monkeypatch.setattr(Objective, "__call__", added)
    with pytest.raises(AssertionError):
        dropping.assert_additive(made(contrast=True), TIGHT, True)


def test_order_and_company_change_nothing() -> None:
    dropping.assert_independent(made())
    dropping.assert_honest(made())


def test_the_seed_decides() -> None:
    first, again, other = (
        made(seed, of="probabilities").explain(WordSums(), dropping.claims()) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_a_text_is_one_call_of_its_samples() -> None:
    proxy = WordSums()
    text = " ".join(f"w{i}" for i in range(60))
    made(samples=400).explain(proxy, [Claim(Example("0", text, "yes"), "yes")])
    assert proxy.calls[0] == 1
    assert len(proxy.calls) == 2
    assert 300 < proxy.calls[1] < 400  # equal ones once; the whole text is known


def agree(proxy: Any, example: Example, of: str, classify: Any, samples: int = 500) -> None:
    """Relative difference to lime at most 1e-4, the ten strongest words the same and in order.

    lime's own strings are the text less some words, and those of ours.
    """
    explainer = made(regression="ridge", samples=samples, of=of)
    (found,) = explainer.explain(proxy, [Claim(example, "good")])
    text = example.text
    words = [text[a:b] for a, b in word_ranges(text)]
    plain = LimeTextExplainer(
        split_expression=lambda _: words, bow=False, mask_string="", random_state=0
    )
    explained = plain.explain_instance(text, classify, num_features=len(words), num_samples=samples)
    other = np.array([weight for _, weight in sorted(explained.local_exp[1])])
    mine = np.array([s.score for s in found.spans])
    assert np.abs(mine - other).max() <= 1e-4 * np.abs(other).max()
    assert list(np.argsort(-mine)[:10]) == list(np.argsort(-other)[:10])
    assert found.remainder == pytest.approx(explained.intercept[1], rel=1e-4)


EACH = pytest.mark.parametrize("example", asked(), ids=lambda e: e.id)
OF = pytest.mark.parametrize("of", ["logits", "probabilities"])


@EACH
@OF
def test_it_is_limes_own_answer(example: Example, of: str) -> None:
    linear = pytest.importorskip("amplify_sklearn.linear", reason="amplify-sklearn is not there")
    options = importlib.import_module("amplify_sklearn.options")
    proxy = linear.Linear(options.LinearOptions(), Context())
    proxy.fit(training(), ("bad", "good"))

    def classify(texts: list[str]) -> Any:
        """What a user writes, for lime's own strings."""
        scores = proxy.predict([Example("", t, "") for t in texts])
        return np.array([getattr(s, of) for s in scores])

    agree(proxy, example, of, classify)


@pytest.fixture(scope="module")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return encoder.made(tmp_path_factory.mktemp("encoder"))


@EACH
def test_the_fast_path_is_lime_over_plain_transformers(transformer: Any, example: Example) -> None:
    proxy, logits = transformer

    def classify(texts: list[str]) -> Any:
        """What a user writes: one padded batch."""
        found = np.exp(logits(texts).astype(float))
        return found / found.sum(1, keepdims=True)

    agree(proxy, example, "probabilities", classify, samples=200)
