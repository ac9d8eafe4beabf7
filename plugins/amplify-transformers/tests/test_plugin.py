"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import pytest
from amplify_transformers import plugin
from amplify_transformers.options import (
    ClassifierOptions,
    LocalOptions,
    NearestOptions,
    VerbalizerOptions,
)
from known.declarations import factories, imported_by_declaring

from amplify import OptionError
from amplify.contract.options import convert


def test_declaring_imports_nothing_heavy() -> None:
    assert imported_by_declaring(plugin, "torch", "transformers", "numpy", "captum") == []


def test_factories_exist() -> None:
    assert sorted(factories(plugin)) == [
        "ambiguous",
        "classifier",
        "local",
        "nearest",
        "verbalizer",
    ]
    assert all(map(callable, factories(plugin).values()))


@pytest.mark.parametrize(
    ("options", "values", "message"),
    [
        (ClassifierOptions, {"epochs": "-1"}, "epochs must not be negative"),
        (ClassifierOptions, {"batch_size": 0}, "batch_size must be at least 1"),
        (ClassifierOptions, {"learning_rate": 0}, "above 0"),
        (VerbalizerOptions, {"prompt": "{label} {text}"}, "prompt must hold"),
        (LocalOptions, {}, "missing option"),
        (NearestOptions, {"shared": 1}, "from 0 to below 1"),
    ],
)
def test_bad_options_are_named(options: type, values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message) as raised:
        convert(options, values, "[proxy]")
    assert raised.value.where == "[proxy]"
