"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import pytest
from amplify_shap import plugin
from amplify_shap.options import ShapOptions
from known.declarations import declared, factories, imported_by_declaring

from amplify import Context, OptionError
from amplify.contract.options import convert, describe


def test_declaring_imports_nothing_heavy() -> None:
    assert imported_by_declaring(plugin, "shap", "numpy", "scipy", "torch") == []


def test_explainers_are_named_after_their_component() -> None:
    for name, factory in factories(plugin).items():
        assert factory(ShapOptions(), Context()).name == f"shap/{name}"


def test_explainers_need_predictions_alone() -> None:
    assert {component.needs for component in declared(plugin)} == {("predict",)}


def test_every_option_is_explained() -> None:
    assert all(info.help for info in describe(ShapOptions))


def test_bad_options_are_named() -> None:
    with pytest.raises(OptionError, match="evaluations must be at least 1"):
        convert(ShapOptions, {"evaluations": "0"}, "[explainer]")
