"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from amplify_sklearn.options import LinearOptions
from amplify_sklearn.plugin import amplify_explainers, amplify_proxies

from amplify import Context, OptionError
from amplify.contract.options import convert, describe, options_class


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, amplify_sklearn.plugin as p;"
        "list(p.amplify_proxies()); list(p.amplify_explainers());"
        "print([m for m in ('sklearn', 'numpy', 'scipy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_factories_make_what_they_are_said_to() -> None:
    for component in (*amplify_proxies(), *amplify_explainers()):
        module, _, name = str(component.factory).partition(":")
        kind = options_class(component.options)
        assert kind is not None
        assert all(info.help for info in describe(kind))
        made = getattr(importlib.import_module(module), name)(kind(), Context())
        assert hasattr(made, "parts") == (component.role == "proxy")


def test_nothing_needs_torch() -> None:
    code = (
        "import sys, amplify_sklearn.linear, amplify_sklearn.coefficients;"
        "print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ngrams": "0"}, "at least 1"),
        ({"min_df": 0}, "at least 1"),
        ({"C": 0}, "above 0"),
        ({"C": "inf"}, "finite"),
        ({"C": "nan"}, "finite"),
    ],
)
def test_bad_options_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        convert(LinearOptions, values, "[proxy]")
