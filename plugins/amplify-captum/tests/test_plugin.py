"""The plugin's declarations, and what they cost."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import pytest
from amplify_captum.options import GradientOptions, IntegratedOptions, SamplingOptions
from amplify_captum.plugin import amplify_explainers
from amplify_captum.refused import deep_lift
from known.tokens import TokenProxy

from amplify import Claim, Context, Example, OptionError, PlanError
from amplify.contract.options import convert, describe, options_class


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


def explainers() -> dict[str, Any]:
    """Each component's name and how to make its explainer, but for those that are refused."""
    made = {}
    for component in amplify_explainers():
        module, _, name = str(component.factory).partition(":")
        if component.name != "deep-lift":
            kind = options_class(component.options)
            options = kind() if kind else None
            made[component.name] = getattr(importlib.import_module(module), name)(
                options, Context()
            )
    return made


def test_factories_make_explainers_named_after_their_component() -> None:
    proxy = TokenProxy(("bad", "good"))
    claim = Claim(Example("0", "a splendid evening", "good"), "good", "bad")
    made = explainers()
    assert len(made) == 9
    for name, explainer in made.items():
        (found,) = explainer.explain(proxy, [claim])
        assert found.method == f"captum/{name}"
        assert len(found.spans) == 3


def test_a_gradient_is_needed_only_where_one_is_taken() -> None:
    needs = {component.name: component.needs for component in amplify_explainers()}
    assert [name for name, need in needs.items() if need == ("predict",)] == [
        "occlusion",
        "shapley-sampling",
        "kernel-shap",
    ]
    assert all(need in (("predict",), ("gradients",)) for need in needs.values())


def test_deep_lift_is_refused_before_anything_is_done() -> None:
    (component,) = [c for c in amplify_explainers() if c.name == "deep-lift"]
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
