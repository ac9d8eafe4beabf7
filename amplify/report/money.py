"""Amounts of money as they are shown."""

from __future__ import annotations


def money(amount: float) -> str:
    """An amount of money: two decimals, or two significant digits where it is below 1."""
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.2g}"
