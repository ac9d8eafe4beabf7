"""The shap package, imported without the warnings of its plots, which nothing here uses."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import shap

__all__ = ["shap"]
