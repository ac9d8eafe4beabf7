"""From lists of values to arms, and from layers to a plan."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify.contract.errors import PlanError
from amplify.run.plan.axes import MOST_VARIANTS
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import ArmPlan, Ref
from amplify.run.plan.read import resolve_plan
from amplify.run.plan.variants import Variant
from amplify.run.study.layers import layered, read_entry
from amplify.run.study.vary import read_vary

ARM = {"name": "a", "selector": {"use": "h-mcs", "balanced": True}, "template": "key-words"}


def resolved(varied: dict[str, Any], *sets: str, shots: int | None = None) -> dict[str, ArmPlan]:
    """The arms of a plan with `ARM` and its variants, by name."""
    variants = read_vary({"arm": "a", **varied}).variants
    made = [Variant(name, "a", changes) for name, changes in variants.items()]
    tables = {"arms": [ARM], "proxy": {"use": "p", "threads": 1}}
    plan = resolve_plan(tables, Overrides(sets=sets, shots=shots), ".", made)
    return {arm.name: arm for arm in plan.arms}


def test_every_combination_is_a_variant_in_the_order_of_writing() -> None:
    made = resolved({"shots": [1, 2], "keywords": [3, 5]})
    assert list(made) == ["a", *(f"a shots={s}, keywords={k}" for s in (1, 2) for k in (3, 5))]
    assert (made["a shots=2, keywords=3"].shots, made["a shots=2, keywords=3"].keywords) == (2, 3)
    # What is said of all arms gives way to what is varied.
    made = resolved({"shots": [1, 2]}, shots=7)
    assert [arm.shots for arm in made.values()] == [7, 1, 2]


def test_an_option_alone_is_varied_and_the_others_are_kept() -> None:
    made = resolved({"selector": {"use": ["random", "l-mcs"]}})
    assert made["a selector=random"].selector == Ref("random", {"balanced": True})
    made = resolved({"proxy": {"epochs": [0, 3]}})
    assert made["a epochs=3"].proxy == Ref("p", {"threads": 1, "epochs": 3})
    assert made["a"].proxy is None
    made = resolved({"template": {"words": {"order": ["text"]}}})
    assert made["a order=text"].template == Ref("key-words", {"words": {"order": "text"}})
    made = resolved({"selector": [{"balanced": False}]})
    (only,) = (arm for name, arm in made.items() if name != "a")
    assert only.selector == Ref("h-mcs", {"balanced": False})


def test_what_is_set_holds_for_the_variants_too() -> None:
    made = resolved({"selector": {"use": ["random"]}}, "arms.a.selector.balanced=false")
    assert made["a selector=random"].selector == Ref("random", {"balanced": False})
    made = resolved({"proxy": {"epochs": [3]}}, "proxy.threads=2")
    assert made["a epochs=3"].proxy == Ref("p", {"threads": 2, "epochs": 3})


@given(st.lists(st.integers(0, 9), min_size=1, unique=True), st.lists(st.booleans(), unique=True))
def test_names_tell_variants_apart(shots: list[int], balanced: list[bool]) -> None:
    table = {"shots": shots} | ({"selector": {"balanced": balanced}} if balanced else {})
    assert len(resolved(table)) == 1 + len(shots) * max(1, len(balanced))
    assert ARM["selector"] == {"use": "h-mcs", "balanced": True}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, "nothing is varied"),
        ({"shots": 3}, "needs a list"),
        ({"arm": []}, r"\[\[vary\]\] arm: expected a text"),
        ({"shots": [1], "choose": "yes"}, r"\[\[vary\]\] a choose: expected true or false"),
        ({"shots": [1], "parts": 1}, r"\[\[vary\]\] a parts: expected a count of at least 2"),
        ({"shots": []}, "needs a list"),
        ({"shot": [1]}, "did you mean 'shots'"),
        ({"shots": [1, 1]}, "two variants"),
        ({"shots": [datetime.date(2026, 1, 1)]}, "date or time"),
        ({"shots": list(range(20)), "keywords": list(range(1, 12))}, f"more than {MOST_VARIANTS}"),
    ],
)
def test_a_mistake_is_named(table: dict[str, object], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        read_vary({"arm": "a", **table})


def test_later_layers_lie_over_earlier_ones() -> None:
    one = {"llm": {"use": "x", "model": "m", "path": "p"}, "run": {"limit": 3}, "set": ["a.b=1"]}
    two = {"llm": {"model": "n"}, "run": {"seed": 1}, "set": ["a.b=2"]}
    assert layered(one, two) == {
        "llm": {"use": "x", "model": "n", "path": "p"},
        "run": {"limit": 3, "seed": 1},
        "set": ["a.b=1", "a.b=2"],
    }
    # Another component has none of the first one's options.
    assert layered(one, {"llm": "y"})["llm"] == {"use": "y"}


def test_an_entry_lies_over_its_plan_file(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('[llm]\nuse = "x"\n')
    name, entry = read_entry({"name": "n", "plan": "plan.toml", "shots": 2}, tmp_path, "here")
    assert name == "n"
    assert entry.plan == {"llm": {"use": "x"}}
    # What is stored needs no other file.
    assert read_entry(entry.stored("n"), Path("nowhere"), "here") == ("n", entry)
    with pytest.raises(PlanError, match="no such plan file"):
        read_entry({"name": "n", "plan": "other.toml"}, tmp_path, "here")
