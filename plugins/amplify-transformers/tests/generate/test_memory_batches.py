"""How many prompts run side by side: by memory, by the user's number, by what the mode allows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from amplify_transformers.generate.decoding import SharingMode
from amplify_transformers.generate.memory_batches import BatchLimits, RowNeed, memory_batches
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Context, Prompt, Request

NEEDS = {0: RowNeed(9, 1), 1: RowNeed(5, 4), 2: RowNeed(9, 2, 10), 3: RowNeed(5, 1)}


@pytest.mark.parametrize(
    ("limits", "batches"),
    [
        (BatchLimits(SharingMode.CASCADE, 9, 1000, 0, 1), [[1, 3, 0, 2]]),
        (BatchLimits(SharingMode.CASCADE, 3, 1000, 0, 1), [[1, 3, 0], [2]]),
        # The last needs 21 bytes for each row.
        (BatchLimits(SharingMode.CASCADE, 9, 30, 0, 1), [[1, 3], [0], [2]]),
        (BatchLimits(SharingMode.COPIES, 9, 300, 100, 1), [[1, 3], [0, 2]]),
        (BatchLimits(SharingMode.EVEN, 9, 1000, 0, 1), [[1, 3], [0, 2]]),
        (BatchLimits(SharingMode.ALONE, 9, 1000, 0, 1), [[1], [3], [0], [2]]),
        (BatchLimits(SharingMode.CASCADE, 9, 1, 0, 1), [[1], [3], [0], [2]]),
        # Rows that are about as long may be more than others.
        (BatchLimits(SharingMode.CASCADE, 1, 1000, 0, 1, alike_rows=9), [[1, 3], [0, 2]]),
        (BatchLimits(SharingMode.CASCADE, 3, 1000, 0, 1, alike_rows=9), [[1, 3, 0], [2]]),
        (BatchLimits(SharingMode.CASCADE, 1, 30, 0, 1, alike_rows=9), [[1, 3], [0], [2]]),
    ],
)
def test_a_batch_holds_what_may_run_side_by_side(
    limits: BatchLimits, batches: list[list[int]]
) -> None:
    assert list(memory_batches(NEEDS, limits)) == batches


def complete(
    folder: str,
    texts: list[str],
    labels: tuple[str, ...] = (),
    **options: object,
) -> None:
    local = LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword
    asked = [
        Request(Prompt("", text), "arm", str(i), 2, (), labels) for i, text in enumerate(texts)
    ]
    assert len(list(local.complete(asked))) == len(texts)


def test_prompts_side_by_side_keep_to_the_memory_for_caches(
    make: Callable[..., str], embedded: list[tuple[int, ...]]
) -> None:
    # A token takes 256 bytes: two layers of 2 x 2 heads x 8 values of 4 bytes; a MiB holds 4,096.
    folder = make("llama", "causal")
    text = "the house walked quickly under seven green lamps; " * 65
    local = LocalProvider(LocalOptions(model=folder), Context(device="cpu"))
    assert 4096 / 3 < local.count_tokens(text) < 4096 / 2 - 2
    complete(folder, [text] * 5, memory=1)
    # Prompts so long run apart on a CPU, and each batch has one step behind them.
    assert [count for count, tokens in embedded if tokens == 1][-3:] == [2, 2, 1]


@pytest.mark.parametrize(
    ("labels", "options", "rows"),
    [
        ((" yes", " no"), {}, [16] * 8 + [12]),
        ((), {"batch_size": 40}, [40] * 3 + [20]),
        ((" yes", " no"), {"batch_size": 40}, [40] * 3 + [20]),
    ],
)
def test_on_a_cpu_fewer_prompts_are_ranked_than_written_side_by_side_unless_set(
    make: Callable[..., str],
    embedded: list[tuple[int, ...]],
    labels: tuple[str, ...],
    options: dict[str, int],
    rows: list[int],
) -> None:
    complete(make("llama", "causal"), ["Is it rain?\nA:"] * 140, labels, **options)
    # The self-check reads two rows at most, and a step behind the prompts one token of each.
    assert [count for count, tokens in embedded if count > 2 and tokens > 1] == rows


@pytest.mark.parametrize(
    ("texts", "rows"),
    [
        (["Is it rain?\nA:"] * 300, [256, 44]),
        (["Is it rain?\nA:"] * 60 + ["Is it rain? " * 3] * 10, [64, 6]),
    ],
)
def test_on_a_cpu_more_prompts_of_about_equal_length_are_written_side_by_side(
    make: Callable[..., str], embedded: list[tuple[int, ...]], texts: list[str], rows: list[int]
) -> None:
    complete(make("llama", "causal"), texts)
    # The self-check's step has one row; each batch has a step behind its prompts.
    assert [count for count, tokens in embedded if tokens == 1 and count > 1] == rows
