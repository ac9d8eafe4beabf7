"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from amplify_shap.plugin import ShapOptions, amplify_explainers

from amplify import Context, OptionError
from amplify.contract.options import convert, describe


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, amplify_shap.plugin as p; list(p.amplify_explainers());"
        "print([m for m in ('shap', 'numpy', 'scipy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_factories_exist_and_are_named_after_their_component() -> None:
    for component in amplify_explainers():
        assert component.needs == ("predict",)
        assert all(info.help for info in describe(component.options))
        module, _, name = str(component.factory).partition(":")
        made = getattr(importlib.import_module(module), name)(ShapOptions(), Context())
        assert made.name == f"shap/{component.name}"


def test_bad_options_are_named() -> None:
    with pytest.raises(OptionError, match="evaluations must be at least 1"):
        convert(ShapOptions, {"evaluations": "0"}, "[explainer]")
