"""Batches by length keep to the budget of padded tokens."""

from __future__ import annotations

import torch
from amplify_transformers.batch.by_length import TokenBudget, batches_by_length
from amplify_transformers.tokens.encoding import EncodedRow
from hypothesis import given
from hypothesis import strategies as st


def row(length: int) -> EncodedRow:
    return EncodedRow((1,) * length, (0,) * length, (None,) * length)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 60), st.booleans()), max_size=40),
    st.integers(1, 200),
    st.sampled_from([0.0, 0.05, 0.5, 1.0]),
)
def test_batches_keep_to_the_budget(
    shapes: list[tuple[int, int, bool]], tokens: int, waste: float
) -> None:
    items = [[row(max(1, length - k)) for k in range(rows)] for rows, length, _ in shapes]
    groups = [group for *_, group in shapes]
    batches = batches_by_length(items, TokenBudget(tokens, waste), groups)
    assert sorted(index for batch in batches for index in batch) == list(range(len(items)))
    for batch in batches:
        assert len({(len(items[index]), groups[index]) for index in batch}) == 1
        lengths = [len(r.ids) for index in batch for r in items[index]]
        padded = max(lengths) * len(lengths)
        assert len(batch) == 1 or padded <= tokens
        assert len(batch) == 1 or padded - sum(lengths) <= waste * padded


def test_rows_of_about_one_length_share_a_batch() -> None:
    items = [[row(length)] for length in (100, 10, 99, 10, 98, 10, 100)]
    found = batches_by_length(items, TokenBudget(768, 0.05))
    assert [sorted(batch) for batch in found] == [[1, 3, 5], [0, 2, 4, 6]]


def test_a_gpu_gets_larger_batches_and_the_user_has_the_last_word() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert TokenBudget.of(cpu, None).tokens == 768 < TokenBudget.of(cuda, None).tokens
    assert TokenBudget.of(cpu, 5).tokens == TokenBudget.of(cuda, 5).tokens == 5
