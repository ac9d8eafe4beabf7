"""Devices that are refused, and torch's threads: those asked for, else those granted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from amplify_transformers.models.device import choose_device, granted_processors

from amplify import Context, OptionError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("max 100000", None), ("150000 100000", 2), ("5000 100000", 1), ("", None), ("1 0", None)],
)
def test_a_quota_is_read_in_whole_processors(tmp_path: Path, text: str, wanted: int | None) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert granted_processors(tmp_path / "cpu.max") == wanted


def test_without_a_quota_nothing_limits_the_processors(tmp_path: Path) -> None:
    assert granted_processors(tmp_path / "no-such-file") is None


@pytest.fixture
def four_threads() -> Iterator[None]:
    """Torch has four threads while the test runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("asked", "quota", "wanted"),
    [
        (3, "200000 100000", 3),
        (None, "200000 100000", 2),
        (None, "800000 100000", 4),
        (None, "max 100000", 4),
    ],
)
@pytest.mark.usefixtures("four_threads")
def test_threads_are_those_asked_for_else_no_more_than_granted(
    tmp_path: Path, asked: int | None, quota: str, wanted: int
) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    choose_device("cpu", Context(), asked, tmp_path / "cpu.max")
    assert torch.get_num_threads() == wanted


@pytest.mark.parametrize("name", ["meta", "cuda:9999", "hpu", "privateuseone", "CPU", ""])
def test_a_device_that_computes_nothing_here_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="cannot be used"):
        choose_device("auto", Context(device=name))
