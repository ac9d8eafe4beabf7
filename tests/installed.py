"""Fails unless `amplify` is the installed package rather than the checkout.

Arguments name the versions that must be there: `scikit-learn==1.7.2`.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import amplify

root = Path(__file__).resolve().parent.parent
place = Path(amplify.__file__).resolve()
if place.is_relative_to(root) and "site-packages" not in place.parts:
    sys.exit(f"amplify was imported from the checkout: {place}")
for wanted in sys.argv[1:]:
    name, _, number = wanted.partition("==")
    if version(name) != number:
        sys.exit(f"{name} {version(name)} is installed, {wanted} was to be")
