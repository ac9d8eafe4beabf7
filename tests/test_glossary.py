"""The glossary has each word that the contract, the plan and the record use for a thing."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import amplify
from amplify import Prediction, Task
from amplify.contract.component import ROLES
from amplify.loop.answer.score import ArmScore
from amplify.loop.audit.contrast import Contrast
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.conclude import Conclusion
from amplify.loop.compare.verdict import Verdict
from amplify.loop.prepare import Preparation
from amplify.loop.prompt.arm import PreparedArm
from amplify.run.plan.plan import ArmPlan, Plan, Ref
from amplify.run.store.beginning import Began
from amplify.run.store.record import make_record

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "glossary.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", TEXT))))
WORDS = [line.split("|")[1].strip() for line in TEXT.splitlines() if line.startswith("| ")]

CLASSES = [name for name in amplify.__all__ if isinstance(getattr(amplify, name), type)]


def record_keys() -> set[str]:
    """The keys of a record, of its arms, and of its verdict."""
    plan = Plan(Ref("task"), Ref("llm"), Ref("proxy"), (ArmPlan("arm", Ref("template")),))
    score = ArmScore("arm", 0, 0, None, None, 0, 0, 0)
    record = make_record(
        plan,
        Task("task", "", ()),
        {},
        Began({}, {}, {}, {"arm": ""}),
        Preparation([PreparedArm("arm", "")], [], [], {}, "", {}),
        Contrast(shots={"arm": 1}),
        {},
        {},
        {},
        Conclusion((score,), (), Verdict("arm", None, "not compared", (), ())),
        [],
        [{}],
        None,
    )
    return {*record, *record["arms"][0], *record["verdict"], *record["data"]}


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_of_the_contract_stands_for_a_word(name: str) -> None:
    assert name in CODE


@pytest.mark.parametrize("key", sorted(record_keys() - {"name"}))
def test_every_key_of_the_record_stands_for_a_word_and_in_the_reference(key: str) -> None:
    assert key in CODE
    assert f"`{key}`" in (DOCS / "reference" / "run-folder.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", dataclasses.fields(Comparison), ids=lambda field: field.name)
def test_every_figure_of_a_comparison_stands_for_a_word(field: dataclasses.Field[object]) -> None:
    assert field.name in CODE | {"arm"}


@pytest.mark.parametrize("field", dataclasses.fields(Plan), ids=lambda field: field.name)
def test_every_section_of_the_plan_stands_for_a_word(field: dataclasses.Field[object]) -> None:
    assert f"`[{field.name}]" in TEXT or f"`[[{field.name}]]" in TEXT


def test_every_status_of_a_prediction_is_explained() -> None:
    assert [s for s in get_args(get_type_hints(Prediction)["status"]) if f"`{s}`" not in TEXT] == []


def test_every_role_is_named() -> None:
    (line,) = [line for line in TEXT.splitlines() if line.startswith("| role ")]
    assert [role for role in ROLES if role not in re.findall(r"\w+", line)] == []


def test_every_word_stands_once() -> None:
    names = [name for word in WORDS if word != "word" for name in word.split(", ")]
    assert sorted(set(names)) == sorted(names)


def test_every_class_that_the_glossary_names_is_there() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (DOCS.parent / "amplify").rglob("*.py")]
    classes = {name for text in sources for name in re.findall(r"^class (\w+)", text, re.MULTILINE)}
    named = {name for name in CODE if re.fullmatch(r"[A-Z]\w+[a-z]\w*", name)}
    assert named - classes == set()
