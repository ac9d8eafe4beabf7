"""What the built-in plugin declares can be built, and declaring it loads nothing heavy."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from known.declarations import imported_by_declaring

from amplify import Claim, Context, Example, word_ranges
from amplify.builtin import plugin
from amplify.builtin.executors.local import Processes, Serial
from amplify.builtin.executors.options import ProcessesOptions
from amplify.builtin.explainers.random_words import RandomWords
from amplify.contract.component import ROLES
from amplify.contract.errors import OptionError
from amplify.contract.hookspecs import ROLE_HOOKS
from amplify.contract.options import convert, describe

COMPONENTS = [
    component
    for hook in ROLE_HOOKS.values()
    if hasattr(plugin, hook)
    for component in getattr(plugin, hook)()
]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: f"{c.role}-{c.name}")
def test_declarations(component: Any) -> None:
    module, _, name = component.factory.partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    assert ROLES[component.role] is type(component)
    assert component.summary
    for info in describe(component.options):
        assert info.help, f"option {info.name} has no help"


def test_declaring_loads_nothing_heavy() -> None:
    heavy = ("jinja2", "numpy", "scipy", "torch", "csv", "multiprocessing")
    assert imported_by_declaring(plugin, *heavy) == []


def test_random_words_come_from_the_seed_and_from_the_whole_text() -> None:
    text = "the cat sat on the mat with a hat"
    claims = [Claim(Example(f"e{i}", text, "x"), "x") for i in range(60)]
    made = RandomWords(None, Context(seed=1)).explain(None, claims)
    best = []
    for explanation in made:
        assert [(s.start, s.end) for s in explanation.spans] == word_ranges(text)
        positive = sorted((s.score for s in explanation.spans if s.score), reverse=True)
        assert positive == [1 / rank for rank in range(1, 9)]  # eight different words
        top = max(explanation.spans, key=lambda s: s.score)
        best.append(text[top.start : top.end])
    assert set(best) == set(text.split())
    assert made == RandomWords(None, Context(seed=1)).explain(None, claims)
    assert made != RandomWords(None, Context(seed=2)).explain(None, claims)


@pytest.mark.parametrize(
    "source", [Serial(None, Context()), Processes(ProcessesOptions(workers=1), Context())]
)
def test_executors(source: Any) -> None:
    with source.open() as executor:
        assert list(executor.map(abs, [-1, 2, -3])) == [1, 2, 3]
        with pytest.raises(ZeroDivisionError):
            executor.submit(divmod, 1, 0).result()


@pytest.mark.parametrize("workers", [-1, 1001, 10**20])
def test_a_number_of_workers_that_no_machine_starts_is_refused(workers: int) -> None:
    with pytest.raises(OptionError, match="workers"):
        convert(ProcessesOptions, {"workers": workers}, "[executor]")
