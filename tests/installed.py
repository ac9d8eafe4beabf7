"""Fails unless `amplify` is the installed package rather than the checkout."""

from __future__ import annotations

import sys
from pathlib import Path

import amplify

root = Path(__file__).resolve().parent.parent
place = Path(amplify.__file__).resolve()
if place.is_relative_to(root) and "site-packages" not in place.parts:
    sys.exit(f"amplify was imported from the checkout: {place}")
