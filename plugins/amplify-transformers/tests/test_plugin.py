"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from amplify_transformers.options import ClassifierOptions, LocalOptions, VerbalizerOptions
from amplify_transformers.plugin import amplify_providers, amplify_proxies

from amplify import OptionError
from amplify.contract.options import convert


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, amplify_transformers.plugin as p;"
        "list(p.amplify_proxies()); list(p.amplify_providers());"
        "print([m for m in ('torch', 'transformers', 'numpy', 'captum') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_factories_exist() -> None:
    for component in (*amplify_proxies(), *amplify_providers()):
        module, _, name = str(component.factory).partition(":")
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("options", "values", "message"),
    [
        (ClassifierOptions, {"epochs": "-1"}, "epochs must not be negative"),
        (ClassifierOptions, {"batch_size": 0}, "batch_size must be at least 1"),
        (ClassifierOptions, {"learning_rate": 0}, "above 0"),
        (VerbalizerOptions, {"prompt": "{label} {text}"}, "prompt must hold"),
        (LocalOptions, {}, "missing option"),
    ],
)
def test_bad_options_are_named(options: type, values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message) as raised:
        convert(options, values, "[proxy]")
    assert raised.value.where == "[proxy]"
