"""A selector that needs to know which labels the LLM finds likely: its calls, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.frail import PLAN, lay, run
from known.site import Site
from known.weather import weather

from amplify import PlanError, ProviderError
from amplify.contract.progress import silent
from amplify.host import Host
from amplify.run.estimate.estimate import estimate
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.wiring.wire import wire

LIKELY = PLAN.replace(
    'selector = "frail-selector"\nexplainer = "frail-explainer"', 'selector = "likely-labels"'
).replace("[executor]", '[survey]\narm = "plain"\n[executor]')

DECLARATION = """
    from amplify import SelectorComponent, hookimpl

    @hookimpl
    def amplify_selectors():
        yield SelectorComponent(
            name="likely-labels", factory="{module}_live:Likely", summary="x", per_item=True,
            needs=("test-probabilities",),
        )
"""
LIVE = """
    from amplify import Selection, Shot

    class Likely:
        def __init__(self, options, context):
            pass

        def select(self, candidates, shots, queries, surveyed):
            assert {query.label for query in queries} == {""}
            assert all(dict(surveyed[query.id].probabilities).keys() == {"cold", "warm"}
                       for query in queries)
            shown = tuple(Shot(c.example) for c in candidates[:shots])
            return Selection((), by_item={query.id: shown for query in queries})
"""


TELLS = (
    "Llm.untold = Llm.reply; Llm.reply = lambda self, request: replace("
    "self.untold(request), logprobs=tuple((label, -1.0) for label in request.labels))"
)
"""Has the LLM tell the probabilities of labels that it ranks."""


def likely(site: Site, folder: Path, plan: str = LIKELY, fault: str = TELLS) -> Path:
    site.add("amplify-likely", DECLARATION, live=LIVE)
    return lay(site, folder, fault, plan)


def test_each_test_item_is_asked_once_and_counted(site: Site, tmp_path: Path) -> None:
    path = likely(site, tmp_path)
    foreseen = estimate(wire(read_plan(path, Overrides()), Host.load(), silent))
    assert {p.name: p.calls for p in foreseen.phases}["survey test items"] == 10
    result = run(path)
    journal = [json.loads(line) for line in (tmp_path / "out/calls.jsonl").read_text().splitlines()]
    assert sum(line.get("arm") == "plain" for line in journal) == 10 + 10
    assert result.calls == 10 + 2 * 10
    assert result.record["survey"]["test_items_asked"] == 10
    work = json.loads((tmp_path / "out/prepared.json").read_text())["work"]
    assert {arm: of_arm["surveyed"] for arm, of_arm in work.items()} == {"plain": 0, "shown": 10}
    assert [note for note in result.record["notes"] if "asked 10 test items with arm plain" in note]


def test_an_llm_that_ranks_no_labels_is_refused(site: Site, tmp_path: Path) -> None:
    plan = LIKELY.replace('use = "frail-llm"', 'use = "builtin/none"')
    with pytest.raises(PlanError, match="builtin/none ranks no labels"):
        run(likely(site, tmp_path, plan))


def test_an_llm_that_tells_no_probabilities_ends_the_run(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="10 test items have no probabilities"):
        run(likely(site, tmp_path, fault=""))


def test_a_task_of_open_answers_is_refused_before_anything_is_asked(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "weather.csv").write_text(weather(60))
    plan = LIKELY.replace(
        'use = "frail-task"', 'use = "csv"\npath = "weather.csv"\nanswers = "open"'
    )
    path = likely(site, tmp_path, plan)
    with pytest.raises(PlanError, match="has open answers: the LLM finds no label likely"):
        estimate(wire(read_plan(path, Overrides()), Host.load(), silent))
    with pytest.raises(PlanError, match="has open answers: the LLM finds no label likely"):
        run(path)
    assert not (tmp_path / "out/calls.jsonl").exists()
