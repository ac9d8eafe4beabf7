"""From lists of values to arms, and from layers to a plan."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify.contract.errors import PlanError
from amplify.run.study.layers import layered, read_entry
from amplify.run.study.vary import MOST, variants

ARM = {"name": "a", "selector": {"use": "h-mcs", "balanced": True}, "template": "key-words"}


def test_every_combination_is_a_variant_in_the_order_of_writing() -> None:
    made = variants({"shots": [1, 2], "keywords": [3, 5]}, ARM, None, "here")
    assert list(made) == [f"a shots={s}, keywords={k}" for s in (1, 2) for k in (3, 5)]
    assert made["a shots=2, keywords=3"] == {"shots": 2, "keywords": 3}


def test_an_option_alone_is_varied_and_the_others_are_kept() -> None:
    made = variants({"selector": {"use": ["random", "l-mcs"]}}, ARM, None, "here")
    assert made == {
        "a selector=random": {"selector": {"use": "random", "balanced": True}},
        "a selector=l-mcs": {"selector": {"use": "l-mcs", "balanced": True}},
    }
    made = variants({"proxy": {"epochs": [0, 3]}}, ARM, {"use": "p", "threads": 1}, "here")
    assert made["a epochs=3"] == {"proxy": {"use": "p", "threads": 1, "epochs": 3}}
    made = variants({"template": {"words": {"order": ["text"]}}}, ARM, None, "here")
    assert made == {"a order=text": {"template": {"use": "key-words", "words": {"order": "text"}}}}


@given(st.lists(st.integers(0, 9), min_size=1, unique=True), st.lists(st.booleans(), unique=True))
def test_names_tell_variants_apart(shots: list[int], balanced: list[bool]) -> None:
    table = {"shots": shots} | ({"selector": {"balanced": balanced}} if balanced else {})
    made = variants(table, ARM, None, "here")
    assert len(made) == len(shots) * max(1, len(balanced))
    assert ARM == {
        "name": "a", "selector": {"use": "h-mcs", "balanced": True}, "template": "key-words"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, "nothing is varied"),
        ({"shots": 3}, "needs a list"),
        ({"shots": []}, "needs a list"),
        ({"shot": [1]}, "did you mean 'shots'"),
        ({"shots": [1, 1]}, "two variants"),
        ({"shots": list(range(20)), "keywords": list(range(1, 12))}, f"more than {MOST}"),
    ],
)
def test_a_mistake_is_named(table: dict[str, object], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        variants(table, ARM, None, "here")


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
    entry = read_entry({"name": "n", "plan": "plan.toml", "shots": 2}, tmp_path, "here")
    assert entry.under == {"llm": {"use": "x"}}
    # What is stored needs no other file.
    assert read_entry(entry.table("n"), Path("nowhere"), "here") == entry
    with pytest.raises(PlanError, match="no such plan file"):
        read_entry({"name": "n", "plan": "other.toml"}, tmp_path, "here")
