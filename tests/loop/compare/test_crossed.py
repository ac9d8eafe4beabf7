"""The test over draws and items against statsmodels and brute force on the same cells."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.anova import anova_lm

from amplify.loop.compare.crossed import Crossed, crossed


def cells(
    draws: int, items: int, seed: int = 0, sd_draw: float = 0.15, sd_item: float = 0.3
) -> pd.DataFrame:
    """Differences of -1, 0 and 1 that lean with their draw and their item."""
    rng = np.random.default_rng(seed)
    lean = rng.normal(0, sd_draw, (draws, 1)) + rng.normal(0, sd_item, (1, items))
    values = np.clip(np.rint(lean + rng.normal(0.1, 0.6, (draws, items))), -1, 1)
    draw, item = np.indices(values.shape)
    return pd.DataFrame({"y": values.ravel(), "draw": draw.ravel(), "item": item.ravel()})


def result_of(frame: pd.DataFrame) -> Crossed:
    return crossed(frame.y.tolist(), frame.draw.tolist(), frame["item"].tolist())


@pytest.mark.parametrize("sd_draw", [0.0, 0.15, 0.5])
@pytest.mark.parametrize(("draws", "items", "seed"), [(3, 20, 1), (5, 40, 2), (10, 30, 3)])
def test_a_complete_layout_is_the_analysis_of_variance_of_statsmodels(
    draws: int, items: int, seed: int, sd_draw: float
) -> None:
    frame = cells(draws, items, seed, sd_draw)
    table = anova_lm(smf.ols("y ~ C(draw) + C(item)", frame).fit())
    by_draw, by_item, rest = table["mean_sq"]
    result = result_of(frame)
    assert result.difference == pytest.approx(frame.y.mean())
    assert result.variances.draw == pytest.approx(max(0.0, (by_draw - rest) / items))
    assert result.variances.item == pytest.approx(max(0.0, (by_item - rest) / draws))
    assert result.variances.rest == pytest.approx(rest)
    # Banerjee 1960: each part with the square of its own quantile; never less than items alone.
    of_draws, of_items = by_draw / len(frame), max(by_item - rest, 0.0) / len(frame)
    t_draws, t_items = stats.t.ppf(0.975, draws - 1), stats.t.ppf(0.975, items - 1)
    margin = math.sqrt(
        max(
            of_draws * t_draws**2 + of_items * t_items**2,
            max(by_item, rest) / len(frame) * t_items**2,
        )
    )
    mean = frame.y.mean()
    assert result.interval == pytest.approx((max(-1, mean - margin), min(1, mean + margin)))
    error = math.sqrt((max(by_draw, rest) + max(by_item - rest, 0.0)) / len(frame))
    assert result.standard_error == pytest.approx(error)
    assert result.degrees is not None
    assert error * stats.t.ppf(0.975, result.degrees) == pytest.approx(margin)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 8), st.integers(3, 40), st.floats(0, 0.5))
def test_a_claim_is_made_where_the_interval_leaves_out_0(
    seed: int, draws: int, items: int, sd_draw: float
) -> None:
    result = result_of(cells(draws, items, seed, sd_draw))
    if result.interval is None:
        assert result.p_value == 1.0
        return
    low, high = result.interval
    assert low <= result.difference <= high
    assert (result.p_value < 0.05) == (low > 0 or high < 0)


def test_the_p_value_is_that_of_the_part_that_matters() -> None:
    """With items alone, or draws alone, it is that of a paired t-test over their means."""
    draw, item = np.indices((4, 30))
    rng = np.random.default_rng(2)
    items, draws = rng.normal(0.1, 0.3, 30), rng.normal(0.1, 0.2, 4)
    for values, codes in ((items, item), (draws, draw)):
        found = crossed(values[codes].ravel(), draw.ravel(), item.ravel())
        theirs = stats.ttest_1samp(values, 0.0)
        assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-6)
        assert found.interval == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-6)


def test_a_complete_layout_is_the_mixed_model_of_statsmodels() -> None:
    """REML of the crossed mixed model has the same components where none of them is 0."""
    frame = cells(8, 25, seed=5, sd_draw=0.4)
    fitted = smf.mixedlm(
        "y ~ 1",
        frame.assign(all=1),
        groups="all",
        vc_formula={"draw": "0 + C(draw)", "item": "0 + C(item)"},
    ).fit(reml=True, method="powell")
    result = result_of(frame)
    assert result.variances.draw == pytest.approx(fitted.vcomp[0], rel=5e-3)
    assert result.variances.item == pytest.approx(fitted.vcomp[1], rel=5e-3)
    assert result.variances.rest == pytest.approx(fitted.scale, rel=5e-3)
    assert result.standard_error == pytest.approx(fitted.bse["Intercept"], rel=5e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 6), st.integers(6, 12))
def test_components_of_an_incomplete_layout_are_those_of_all_pairs_of_cells(
    seed: int, draws: int, items: int
) -> None:
    """Half the mean squared difference of two cells, by what the two share."""
    frame = cells(draws, items, seed)
    keep = np.random.default_rng(seed).random(len(frame)) < 0.8
    frame = frame[keep]
    same_draw, same_item, apart = [], [], []
    rows = list(frame.itertuples(index=False))
    of_draw, of_item = frame.draw.value_counts(), frame["item"].value_counts()
    total = np.zeros(3)
    for a, b in combinations(rows, 2):
        square = (a.y - b.y) ** 2
        total += (square, a.draw != b.draw, a.item != b.item)
        if a.draw == b.draw:
            same_draw.append(square / of_draw[a.draw])
        elif a.item == b.item:
            same_item.append(square / of_item[a.item])
        else:
            apart.append(square)
    pairs = len(rows) * (len(rows) - 1) / 2
    # E: item + rest; draw + rest; and of any two cells, the components that they do not share.
    item_rest = sum(same_draw) / (len(rows) - len(of_draw))
    draw_rest = sum(same_item) / (len(rows) - len(of_item))
    system = [[0, 1, 1], [1, 0, 1], [total[1], total[2], pairs]]
    draw, item, rest = np.linalg.solve(system, [item_rest, draw_rest, total[0] / 2])
    found = result_of(frame).variances
    assert found.draw == pytest.approx(max(0.0, draw), abs=1e-9)
    assert found.item == pytest.approx(max(0.0, item), abs=1e-9)
    assert found.rest == pytest.approx(max(0.0, rest), abs=1e-9)


def test_neither_the_order_nor_the_names_of_cells_matter() -> None:
    frame = cells(4, 15, seed=8).sample(frac=0.9, random_state=1)
    shuffled = frame.sample(frac=1, random_state=2)
    first = result_of(frame)
    second = crossed(
        shuffled.y.tolist(),
        [(7, int(draw)) for draw in shuffled.draw],
        [f"item {item}" for item in shuffled["item"]],
    )
    assert second.p_value == pytest.approx(first.p_value)
    assert second.interval == pytest.approx(first.interval)
    assert (second.draws, second.items, second.cells) == (4, 15, len(frame))


def test_exchanging_the_methods_turns_the_sign_and_nothing_else() -> None:
    frame = cells(5, 30, seed=3)
    forth, back = result_of(frame), result_of(frame.assign(y=-frame.y))
    assert forth.interval is not None
    assert back.interval == pytest.approx((-forth.interval[1], -forth.interval[0]))
    assert back.p_value == pytest.approx(forth.p_value)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(1, 4), st.integers(1, 4)), st.sampled_from([-1, 0, 1]), min_size=1
    )
)
def test_any_cells_give_a_result(by_cell: dict[tuple[int, int], int]) -> None:
    result = crossed(
        list(by_cell.values()), [draw for draw, _ in by_cell], [item for _, item in by_cell]
    )
    assert 0.0 <= result.p_value <= 1.0
    if result.interval is not None:
        assert -1.0 <= result.interval[0] <= result.difference <= result.interval[1] <= 1.0
        assert result.standard_error is not None
        assert result.standard_error > 0
    if len(set(by_cell.values())) == 1:
        assert result.interval is None


def test_draws_with_items_of_their_own_are_compared_by_their_means() -> None:
    """No item twice: for draws of one size it is Student's t of the means of the draws."""
    frame = cells(6, 20, seed=4, sd_draw=0.5)
    frame["item"] += 20 * frame.draw
    means = frame.groupby("draw").y.mean()
    result = result_of(frame)
    theirs = stats.ttest_1samp(means, 0.0)
    assert result.p_value == pytest.approx(theirs.pvalue, rel=1e-6)
    assert result.interval == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-6)


@pytest.mark.parametrize(
    ("values", "draws", "items"),
    [
        ([1, 0, 0, 1], [1, 1, 1, 1], [1, 2, 3, 4]),
        ([1, 0, 1], [1, 2, 3], ["a", "a", "a"]),
        ([1, 1, 1, 1], [1, 1, 2, 2], ["a", "b", "a", "b"]),
        ([0, 0, 0, 0], [1, 1, 2, 2], ["a", "b", "a", "b"]),
    ],
    ids=["one draw", "one item", "all better", "all the same"],
)
def test_where_nothing_can_be_said_nothing_is_claimed(
    values: list[float], draws: list[int], items: list[object]
) -> None:
    result = crossed(values, draws, [str(item) for item in items])
    assert result.difference == pytest.approx(sum(values) / len(values))
    assert result.interval is None
    assert result.p_value == 1.0


def test_a_draw_that_stands_alone_makes_the_interval_wide() -> None:
    """Two draws gain on every item and one loses: more items do not make up for few draws."""
    few = cells(3, 200, seed=1, sd_item=0.0)
    few["y"] = np.where(few.draw < 2, 1.0, -1.0)
    result = result_of(few)
    assert result.p_value > 0.5
    assert result.degrees == pytest.approx(2.0)


def test_two_draws_hold_the_level_where_draws_and_items_both_matter() -> None:
    """Satterthwaite's degrees of freedom claim in one of eight such cases."""
    rng = np.random.default_rng(5)
    draw, item = (codes.ravel().tolist() for codes in np.indices((2, 40)))
    runs, claimed = 500, 0
    for _ in range(runs):
        values = rng.normal(0, 0.5, (2, 1)) + rng.normal(0, 0.5, (1, 40))
        values = values + rng.normal(0, 0.05, (2, 40))
        claimed += crossed(values.ravel().tolist(), draw, item).p_value < 0.05
    assert claimed / runs < 0.06
