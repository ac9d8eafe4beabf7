"""Makes cells of a CSV file inert: a spreadsheet shows them and computes nothing."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First signs of a cell that spreadsheets take for a formula; the last four are wide forms."""


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; a number stays one."""
    if not text.startswith(FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
