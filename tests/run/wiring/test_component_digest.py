"""Digests of components: what the arms of a run, and the runs of a study, may share."""

from __future__ import annotations

import pytest

from amplify.host.load import Host
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Ref
from amplify.run.plan.read import resolve_plan
from amplify.run.wiring.choices import component_digest, component_title, find_components

OPTIONS = [
    {"labels": "1, model=2"},
    {"labels": "1", "model": 2},
    {"labels": "1", "model": "2"},
]
"""Options that are told apart, though two lines of text that show them are the same."""


def test_options_that_are_shown_alike_have_digests_of_their_own() -> None:
    selector = Host.load(plugins=False).registry.find("selector", "random")
    refs = [Ref("random", options) for options in OPTIONS]

    assert len({component_title(selector, ref) for ref in refs}) == 1
    assert len({component_digest(selector, ref) for ref in refs}) == len(refs)


def test_the_order_of_options_does_not_change_a_digest() -> None:
    selector = Host.load(plugins=False).registry.find("selector", "random")
    one, other = Ref("random", {"a": 1, "b": 2}), Ref("builtin/random", {"b": 2, "a": 1})

    assert component_digest(selector, one) == component_digest(selector, other)


def test_an_explainer_is_another_one_where_it_asks_another_llm() -> None:
    registry = Host.load(plugins=False).registry
    llm, explainer = registry.find("llm", "replay"), registry.find("explainer", "self-topk")
    itself = (explainer, Ref("self-topk"))
    digests = {
        component_digest(*itself, *needed)
        for needed in (
            (),
            ((llm, Ref("replay", {"path": "one.jsonl"})),),
            ((llm, Ref("replay", {"path": "other.jsonl"})),),
        )
    }

    assert len(digests) == 3


@pytest.mark.parametrize("selector", ["random", "errors"])
def test_only_an_arm_that_needs_a_proxy_has_the_digest_of_one(selector: str) -> None:
    host = Host.load(plugins=False)
    arm = {"name": "a", "selector": selector}
    tables = {"proxy": {"use": "builtin/none"}, "survey": {"errors": "none"}, "arms": [arm]}
    plan = resolve_plan({"task": "csv", **tables}, Overrides(), ".")

    assert find_components(plan.arms[0], plan, host.registry).proxy_digest == ""
