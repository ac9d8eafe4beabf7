"""Every hook stands in the reference as it is, and a plugin that has it is called."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from amplify import Claim, Component, Context, Event, Example, Span
from amplify.contract import hookspecs
from amplify.contract.component import ROLES
from amplify.host import Host, build
from amplify.host.info import State

if TYPE_CHECKING:
    from known.site import Site

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "hooks.md"
TEXT = REFERENCE.read_text(encoding="utf-8")

HOOKS = {name: value for name, value in vars(hookspecs).items() if hasattr(value, "amplify_spec")}


def test_there_is_a_hook_for_every_role_and_one_for_events() -> None:
    assert set(HOOKS) == {*hookspecs.ROLE_HOOKS.values(), "amplify_event"}
    assert set(hookspecs.ROLE_HOOKS) == set(ROLES)


@pytest.mark.parametrize("name", HOOKS)
def test_the_reference_holds_the_signature(name: str) -> None:
    signature = str(inspect.signature(HOOKS[name])).replace("'", "")
    assert f"`{name}{signature}`" in TEXT


def test_the_reference_names_no_other_hook() -> None:
    assert set(re.findall(r"`(amplify_[a-z]+)\(", TEXT)) == set(HOOKS)


def test_every_hook_of_a_plugin_is_called(site: Site) -> None:
    source = "from amplify import hookimpl\ncalled = []\n"
    for name, hook in HOOKS.items():
        parameters = ", ".join(inspect.signature(hook).parameters)
        source += f"@hookimpl\ndef {name}({parameters}):\n    called.append({name!r})\n"
        source += "    return []\n"
    module = site.add("amplify-every", source)
    assert Host.load().emit(Event("started")) == ()
    assert sorted(sys.modules[module].called) == sorted(HOOKS)


@pytest.mark.parametrize("record", [*ROLES.values(), Context], ids=lambda record: record.__name__)
def test_the_reference_explains_every_field(record: type) -> None:
    fields = [field.name for field in dataclasses.fields(Context)]
    names = record.FIELDS if issubclass(record, Component) else fields
    assert [name for name in names if f"`{name}`" not in TEXT] == []


@pytest.mark.parametrize("state", get_args(State))
def test_the_reference_explains_every_state(state: str) -> None:
    assert f"| `{state}` |" in TEXT


def test_the_plugin_of_the_reference_works(site: Site) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    site.add("amplify-opening", source)
    found = Host.load().registry.find("explainer", "opening")
    explainer = build(found, {"width": "2"}, Context())
    (explanation,) = explainer.explain(None, [Claim(Example("1", "some few words", "yes"), "yes")])
    assert explanation.spans == (Span(0, 4, 1.0), Span(5, 8, 1.0))
