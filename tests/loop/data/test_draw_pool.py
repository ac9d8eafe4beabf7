"""What each draw chooses from: its size, what draws share, and that it is the same everywhere."""

from __future__ import annotations

import subprocess
import sys

import pytest

from amplify import Example
from amplify.loop.data.draw_pool import DrawFrom, draw_pool, draw_seed

WAYS: tuple[DrawFrom, ...] = ("half", "bootstrap", "parts")


def pool(count: int) -> tuple[Example, ...]:
    return tuple(Example(f"e{n}", f"text {n}", "ab"[n % 2]) for n in range(count))


def ids(examples: tuple[Example, ...]) -> list[str]:
    return [example.id for example in examples]


@pytest.mark.parametrize("draw_from", WAYS)
def test_the_only_draw_of_an_arm_has_the_whole_pool(draw_from: DrawFrom) -> None:
    assert draw_pool(pool(9), 0, 5, 3, draw_from) == pool(9)


@pytest.mark.parametrize("draw_from", WAYS)
def test_a_draw_keeps_the_order_of_the_pool_and_has_an_example_once(draw_from: DrawFrom) -> None:
    for draw in range(1, 6):
        drawn = ids(draw_pool(pool(40), draw, 5, 3, draw_from))
        assert drawn == [name for name in ids(pool(40)) if name in drawn]
        assert drawn == ids(draw_pool(pool(40), draw, 5, 3, draw_from))


@pytest.mark.parametrize("count", [1, 2, 9, 40])
def test_a_half_is_rounded_up(count: int) -> None:
    sizes = {len(draw_pool(pool(count), draw, 5, 3, "half")) for draw in range(1, 6)}
    assert sizes == {(count + 1) // 2}


def test_halves_differ_by_draw_and_by_seed_and_not_by_the_number_of_draws() -> None:
    halves = {tuple(ids(draw_pool(pool(40), draw, 5, 3, "half"))) for draw in range(1, 6)}
    assert len(halves) == 5
    assert draw_pool(pool(40), 1, 5, 3, "half") != draw_pool(pool(40), 1, 5, 4, "half")
    assert draw_pool(pool(40), 2, 5, 3, "half") == draw_pool(pool(40), 2, 9, 3, "half")


def test_a_bootstrap_sample_has_about_63_percent_of_the_pool() -> None:
    sizes = [len(draw_pool(pool(500), draw, 50, 3, "bootstrap")) for draw in range(1, 51)]
    assert sum(sizes) / 50 == pytest.approx(316, abs=5)
    assert len(set(sizes)) > 1


@pytest.mark.parametrize("count", [3, 10, 41])
def test_parts_share_nothing_are_the_whole_pool_and_alike_in_size(count: int) -> None:
    parts = [draw_pool(pool(count), draw, 4, 3, "parts") for draw in range(1, 5)]
    assert sorted(name for part in parts for name in ids(part)) == sorted(ids(pool(count)))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert parts != [draw_pool(pool(count), draw, 4, 8, "parts") for draw in range(1, 5)]


def test_the_samples_and_seeds_are_the_same_on_every_machine() -> None:
    known = {
        "half": ["e1", "e2", "e3", "e4", "e7", "e11"],
        "bootstrap": ["e0", "e1", "e2", "e4", "e6", "e8", "e9", "e10"],
        "parts": ["e2", "e5", "e9", "e10"],
    }
    drawn = {way: ids(draw_pool(pool(12), 2, 3, 7, way)) for way in WAYS}
    assert drawn == known
    assert [draw_seed(7, draw) for draw in range(3)] == [7, 141262211857866, 217181873228543]
    script = (
        "from amplify import Example; from amplify.loop.data.draw_pool import draw_pool;"
        "pool = [Example(f'e{n}', f'text {n}', 'ab'[n % 2]) for n in range(12)];"
        "print([[e.id for e in draw_pool(pool, 2, 3, 7, way)]"
        " for way in ('half', 'bootstrap', 'parts')])"
    )
    for salt in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": salt},
        )  # fmt: skip
        assert done.stdout.strip() == str(list(known.values()))


def test_the_seeds_of_draws_differ_and_that_of_a_single_draw_is_the_runs() -> None:
    assert draw_seed(11, 0) == 11
    seeds = [draw_seed(seed, draw) for seed in range(20) for draw in range(1, 50)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**48 for seed in seeds)
