"""The plugin's declarations, and what they cost."""

from __future__ import annotations

from typing import Any

import pytest
from amplify_captum import plugin
from amplify_captum.options import GradientOptions, IntegratedOptions, SamplingOptions
from amplify_captum.refused import deep_lift
from known.declarations import declared, factories, imported_by_declaring
from known.tokens import TokenProxy

from amplify import Claim, Context, Example, OptionError, PlanError
from amplify.contract.options import convert, describe, options_class


def test_declaring_imports_nothing_heavy() -> None:
    assert imported_by_declaring(plugin, "torch", "captum", "numpy", "transformers") == []


def test_options_come_from_text() -> None:
    assert convert(GradientOptions, {"pooling": "max"}, "[e]") == GradientOptions(pooling="max")
    assert [info.name for info in describe(GradientOptions)] == ["pooling", "of"]


def explainers() -> dict[str, Any]:
    """An explainer of each component but that which is refused, by the component's name."""
    built = {}
    for component in declared(plugin):
        if component.name != "deep-lift":
            kind = options_class(component.options)
            options = kind() if kind else None
            built[component.name] = factories(plugin)[component.name](options, Context())
    return built


def test_factories_make_explainers_named_after_their_component() -> None:
    proxy = TokenProxy(("bad", "good"))
    claim = Claim(Example("0", "a splendid evening", "good"), "good", "bad")
    built = explainers()
    assert len(built) == 9
    for name, explainer in built.items():
        (explanation,) = explainer.explain(proxy, [claim])
        assert explanation.method == f"captum/{name}"
        assert len(explanation.spans) == 3


def test_a_gradient_is_needed_only_where_one_is_taken() -> None:
    needs = {component.name: component.needs for component in declared(plugin)}
    assert [name for name, need in needs.items() if need == ("predict",)] == [
        "occlusion",
        "shapley-sampling",
        "kernel-shap",
    ]
    assert all(need in (("predict",), ("gradients",)) for need in needs.values())


def test_deep_lift_is_refused_before_anything_is_done() -> None:
    (component,) = [c for c in declared(plugin) if c.name == "deep-lift"]
    assert component.summary.startswith("refused")
    assert component.factory == "amplify_captum.refused:deep_lift"
    with pytest.raises(PlanError, match="gradient x input in disguise"):
        deep_lift(None, Context())


@pytest.mark.parametrize(
    ("options", "values"),
    [
        (IntegratedOptions, {"nodes": 0}),
        (IntegratedOptions, {"nodes": 200}),
        (IntegratedOptions, {"tolerance": 0.0}),
        (IntegratedOptions, {"baseline": "random"}),
        (SamplingOptions, {"evaluations": 0}),
    ],
)
def test_senseless_options_are_refused(options: type, values: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        convert(options, values, "[e]")
