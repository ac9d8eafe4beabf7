"""The files of a study's tables, for whatever opens them."""

from __future__ import annotations

import pytest

from amplify.contract.guard.spreadsheet import inert


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\r=1", "\uff1d1+1", "-", "--x"],
)
def test_a_cell_that_a_spreadsheet_would_compute_is_made_text(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1.5", "+3", "1e-3", "a=b", "it's", "", "-inf"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert inert(text) == text
