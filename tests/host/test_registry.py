"""Components are found by bare and by qualified name, and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplify.contract.errors import PlanError, PluginError
from amplify.host import Host

if TYPE_CHECKING:
    from known.site import Site

CLASH = """
    from amplify import SelectorComponent, hookimpl

    @hookimpl
    def amplify_selectors():
        yield SelectorComponent(name="h-mcs", factory="m:A", summary="another one")
        yield SelectorComponent(name="opening", factory="m:B", summary="by the opening letters")
"""


def test_a_unique_bare_name_and_a_qualified_one_mean_the_same(site: Site) -> None:
    site.add("amplify-opening")
    registry = Host.load().registry
    found = registry.find("explainer", "opening")
    assert found is registry.find("explainer", "opening/opening")
    assert (found.qualified, found.role, found.plugin) == (
        "opening/opening",
        "explainer",
        "opening",
    )
    assert found in registry.all("explainer")
    assert found not in registry.all("selector")


def test_a_bare_name_that_two_plugins_use_is_refused_with_both(site: Site) -> None:
    site.add("amplify-clash", CLASH)
    registry = Host.load().registry
    with pytest.raises(PlanError, match="'h-mcs' is ambiguous: builtin/h-mcs, clash/h-mcs"):
        registry.find("selector", "h-mcs")
    with pytest.raises(PlanError, match="ambiguous"):
        registry.named("h-mcs")
    assert registry.find("selector", "clash/h-mcs").component.summary == "another one"
    assert registry.find("selector", "builtin/h-mcs").plugin == "builtin"


def test_blocking_settles_a_clash(site: Site) -> None:
    site.add("amplify-clash", CLASH)
    found = Host.load(block=["clash"]).registry.find("selector", "h-mcs")
    assert found.qualified == "builtin/h-mcs"


def test_one_name_in_two_roles_is_no_clash(site: Site) -> None:
    site.add("amplify-opening")
    site.add("amplify-clash", CLASH)
    registry = Host.load().registry
    assert registry.find("selector", "opening").plugin == "clash"
    assert registry.find("explainer", "opening").plugin == "opening"
    assert [found.role for found in registry.named("opening")] == ["selector", "explainer"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("h-mc", r"unknown selector 'h-mc'; did you mean '(builtin/)?h-mcs'"),
        ("builtin/hmcs", "did you mean 'builtin/h-mcs'"),
        ("other/h-mcs", "did you mean 'builtin/h-mcs'"),
        ("other/h-mcs", "No plugin 'other' is installed; .* named amplify-other"),
        ("opening", "'opening' is a component of role explainer"),
        ("zzz", "Known: builtin/h-mcs, "),
    ],
)
def test_an_unknown_name_says_what_there_is(site: Site, name: str, said: str) -> None:
    site.add("amplify-opening")
    with pytest.raises(PlanError, match=said):
        Host.load().registry.find("selector", name)


def test_all_components_are_not_listed_where_the_role_is_not_known(site: Site) -> None:
    with pytest.raises(PlanError, match="`amplify list-plugins` lists all") as caught:
        Host.load().registry.named("zzz")
    assert len(str(caught.value)) < 200


def test_the_cause_is_told_where_a_plugin_that_is_not_loaded_may_have_it(site: Site) -> None:
    site.add("amplify-broken", "import no_such_module_at_all")
    site.add("amplify-opening")
    registry = Host.load(block=["opening"]).registry
    with pytest.raises(PluginError, match=r"amplify-broken is failed: .*no_such_module_at_all"):
        registry.find("proxy", "broken/linear")
    with pytest.raises(PluginError, match="amplify-opening is blocked: by --block"):
        registry.find("explainer", "opening/opening")
    with pytest.raises(PlanError, match=r"Not loaded: amplify-broken \(failed\), amplify-opening"):
        registry.find("explainer", "opening")


def test_an_unknown_role_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="unknown role 'oracle'"):
        Host.load(plugins=False).registry.find("oracle", "delphi")
