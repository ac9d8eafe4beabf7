"""The figures against statsmodels, scipy and published formulas on the same counts."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from amplify.loop.compare.statistics import (
    bootstrap,
    detectable,
    fisher,
    gain_power,
    holm,
    mcnemar,
    permutation,
    wilson,
)


@given(st.integers(1, 3000), st.data())
def test_wilson_is_that_of_statsmodels(items: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, items))
    theirs = proportion_confint(correct, items, method="wilson")
    assert wilson(correct, items) == pytest.approx(theirs, abs=1e-12)


@given(st.integers(1, 400), st.data())
def test_wilson_solves_the_score_equation(items: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, items))
    share = correct / items
    # Wilson 1927: the bounds p solve (share - p)^2 = z^2 p (1 - p) / n.
    z = 1.959963984540054
    for bound in wilson(correct, items):
        assert math.isclose((share - bound) ** 2, z * z * bound * (1 - bound) / items, abs_tol=1e-9)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 50))
def test_mcnemar_is_that_of_statsmodels(fixed: int, broken: int, same: int) -> None:
    theirs = their_mcnemar([[same, fixed], [broken, same]], exact=True).pvalue
    assert mcnemar(fixed, broken) == pytest.approx(theirs, abs=1e-12)


@given(st.integers(1, 120), st.integers(1, 120), st.data())
def test_fisher_is_that_of_scipy(of_first: int, of_second: int, data: st.DataObject) -> None:
    first, second = data.draw(st.integers(0, of_first)), data.draw(st.integers(0, of_second))
    table = [[first, of_first - first], [second, of_second - second]]
    theirs = stats.fisher_exact(table).pvalue
    assert fisher(first, of_first, second, of_second) == pytest.approx(theirs, abs=1e-9)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_binomial_tail(fixed: int, broken: int) -> None:
    n, low = fixed + broken, min(fixed, broken)
    tail = sum(math.comb(n, k) for k in range(low + 1)) / 2**n if n else 1.0
    assert mcnemar(fixed, broken) == pytest.approx(min(1.0, 2 * tail))


@settings(max_examples=15)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    theirs = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(list(theirs), abs=1e-12)


def test_holm_of_an_empty_family_is_empty() -> None:
    assert holm([]) == []


@settings(max_examples=20)
@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=60), st.integers(0, 3))
def test_the_interval_is_scipys_percentile_bootstrap(differences: list[int], seed: int) -> None:
    found = bootstrap(differences, seed, 200)
    if len(set(differences)) == 1:
        assert found is None
        return
    theirs = stats.bootstrap(
        (np.asarray(differences, dtype=float),),
        np.mean,
        n_resamples=200,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    assert found is not None
    assert found[0] == (theirs.confidence_interval.low, theirs.confidence_interval.high)
    assert found[1] == theirs.standard_error


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=9))
def test_with_one_seed_the_permutation_of_items_is_mcnemars_test(
    pairs: list[tuple[bool, bool]],
) -> None:
    fixed = sum(a and not b for a, b in pairs)
    broken = sum(b and not a for a, b in pairs)
    found = permutation([int(a) for a, _ in pairs], [int(b) for _, b in pairs], 0)
    assert found == pytest.approx(mcnemar(fixed, broken))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.4])
@pytest.mark.parametrize("items", [100, 500, 2840])
def test_the_smallest_gain_agrees_with_the_published_approximation(
    items: int, share: float
) -> None:
    """Connor 1987 (Biometrics 43, 207-211) is asymptotic; the exact test needs a little more."""
    found = detectable(items, round(share * items))
    assert found is not None
    share = round(share * items) / items
    z_level, z_power = stats.norm.isf(0.025), stats.norm.isf(0.2)
    needed = (z_level * share**0.5 + z_power * (share - found**2) ** 0.5) ** 2 / found**2
    assert needed <= items * 1.001
    assert needed == pytest.approx(items, rel=0.2 if items == 100 else 0.06)


def test_the_power_is_that_of_simulated_runs() -> None:
    items, share, gain = 120, 0.3, 0.12
    draw = np.random.default_rng(1)
    counts = draw.binomial(items, share, 4000)
    fixed = draw.binomial(counts, (share + gain) / (2 * share))
    seen = Counter(zip(fixed.tolist(), counts.tolist(), strict=True))
    shown = (
        sum(times for (f, n), times in seen.items() if mcnemar(f, n - f) < 0.05 and f > n - f)
        / 4000
    )
    assert gain_power(items, share)(gain) == pytest.approx(shown, abs=0.025)


def test_what_few_items_cannot_show() -> None:
    assert detectable(5, 5) is None
    assert detectable(100, 0) is None
    one, five = detectable(200, 50), detectable(200, 50, 5)
    assert one is not None
    assert five is not None
    assert five > one
