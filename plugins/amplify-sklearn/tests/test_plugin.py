"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import subprocess
import sys

import pytest
from amplify_sklearn import plugin
from amplify_sklearn.options import LinearOptions
from known.declarations import declared, factories, imported_by_declaring

from amplify import Component, Context, OptionError
from amplify.contract.options import convert, describe, options_class


def test_declaring_imports_nothing_heavy() -> None:
    assert imported_by_declaring(plugin, "sklearn", "numpy", "scipy", "torch") == []


@pytest.mark.parametrize("component", declared(plugin), ids=lambda component: component.name)
def test_a_factory_makes_what_is_declared(component: Component) -> None:
    kind = options_class(component.options)
    assert kind is not None
    assert all(info.help for info in describe(kind))
    built = factories(plugin)[component.name](kind(), Context())
    assert hasattr(built, "parts") == (component.role == "proxy")


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
