"""Threads of torch: what is asked for, else what there is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from amplify_transformers.models import device

from amplify import Context, OptionError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("max 100000", None), ("150000 100000", 2), ("5000 100000", 1), ("", None), ("1 0", None)],
)
def test_a_quota_is_read_in_whole_processors(tmp_path: Path, text: str, wanted: int | None) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert device.granted(tmp_path / "cpu.max") == wanted
    assert device.granted(tmp_path / "no-such-file") is None


def test_threads_are_those_asked_for_else_no_more_than_granted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(4)
        monkeypatch.setattr(device, "granted", lambda: 2)
        device.choose("cpu", Context(), 3)
        assert torch.get_num_threads() == 3
        device.choose("cpu", Context())
        assert torch.get_num_threads() == 2
        monkeypatch.setattr(device, "granted", lambda: None)
        device.choose("cpu", Context())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("name", ["meta", "cuda:9999", "hpu", "privateuseone", "CPU", ""])
def test_a_device_that_computes_nothing_here_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="cannot be used"):
        device.choose("auto", Context(device=name))
