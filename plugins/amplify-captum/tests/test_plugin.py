"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import subprocess
import sys

from amplify_captum.plugin import GradientOptions, amplify_explainers

from amplify.contract.options import convert, describe


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, amplify_captum.plugin as p; list(p.amplify_explainers());"
        "print([m for m in ('torch', 'captum', 'numpy', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_options_come_from_text() -> None:
    assert convert(GradientOptions, {"pooling": "max"}, "[e]") == GradientOptions(pooling="max")
    assert [info.name for info in describe(GradientOptions)] == ["pooling", "of"]


def test_factories_exist_and_are_named_after_their_component() -> None:
    import importlib

    from amplify import Context

    for component in amplify_explainers():
        assert component.needs == ("gradients",)
        module, _, name = str(component.factory).partition(":")
        explainer = getattr(importlib.import_module(module), name)(GradientOptions(), Context())
        assert explainer._method == f"captum/{component.name}"
