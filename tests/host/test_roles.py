"""A plugin can fill every role: what its hooks declare is found, built and used."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from amplify import Context
from amplify.contract.component import ROLES
from amplify.host import Host, build

if TYPE_CHECKING:
    from known.site import Site

EVERYTHING = """
    from amplify import (
        ExecutorComponent, ExplainerComponent, ObserverComponent, ProviderComponent,
        ProxyComponent, SelectorComponent, TaskComponent, TemplateComponent, hookimpl,
    )

    def live(name):
        return {"name": "all-" + name.lower(), "factory": "{module}_live:" + name, "summary": name}

    @hookimpl
    def amplify_tasks():
        return [TaskComponent(**live("Task"))]

    @hookimpl
    def amplify_proxies():
        yield ProxyComponent(**live("Proxy"), offers=("predict", "gradients"))

    @hookimpl
    def amplify_selectors():
        yield SelectorComponent(**live("Selector"), needs=("scores", "errors"))

    @hookimpl
    def amplify_explainers():
        yield ExplainerComponent(**live("Explainer"), needs=("gradients", "train", "llm"))

    @hookimpl
    def amplify_templates():
        yield TemplateComponent(**live("Template"), explains="always")

    @hookimpl
    def amplify_providers():
        return (ProviderComponent(**live("Llm"), env=("ALL_KEY",)),)

    @hookimpl
    def amplify_observers():
        yield ObserverComponent(**live("Observer"))

    @hookimpl(specname="amplify_executors")
    def threads():
        yield ExecutorComponent(**live("Executor"))

    @hookimpl
    def amplify_executors():
        yield ExecutorComponent(name="all-second", factory="{module}_live:Executor", summary="")
"""

LIVE = "class Live:\n    def __init__(self, options, context):\n        self.seed = context.seed\n"
LIVE += "".join(f"class {role.capitalize()}(Live): ...\n" for role in ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_a_component_of_each_role_is_declared_found_and_built(site: Site, role: str) -> None:
    site.add("amplify-all", EVERYTHING, live=LIVE)
    found = Host.load().registry.find(role, f"all-{role}")
    assert (found.qualified, found.role) == (f"all/all-{role}", role)
    made: Any = build(found, {}, Context(seed=3))
    assert (type(made).__name__, made.seed) == (role.capitalize(), 3)


def test_a_plugin_lists_the_components_of_all_its_functions(site: Site) -> None:
    site.add("amplify-all", EVERYTHING, live=LIVE)
    (info,) = [plugin for plugin in Host.load().plugins if plugin.name == "amplify-all"]
    assert (info.state, info.problems) == ("loaded", ())
    expected = {role: (f"all-{role}",) for role in ROLES}
    assert {**info.components, "executor": set(info.components["executor"])} == {
        **expected,
        "executor": {"all-executor", "all-second"},
    }


def test_the_built_in_components_have_factories_that_can_be_imported() -> None:
    from amplify.host import resolve

    for found in Host.load(plugins=False).registry.all():
        inspect.signature(resolve(found)).bind("options", "context")
