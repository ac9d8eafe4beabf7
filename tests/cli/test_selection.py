"""Whole runs by how their demonstrations are selected."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.site import Site
from known.weather import WEATHER, amplify, lay, log, rows

PLAN = f"""
{WEATHER}
[survey]
errors = "none"
[[arms]]
name = "answer-only"
selector = "random"
shots = 4
[[arms]]
name = "amplify"
selector = "boundary"
explainer = "log-odds"
template = "key-words"
shots = 4
"""

LEAKY = """
    from amplify import SelectorComponent, hookimpl

    @hookimpl
    def amplify_selectors():
        yield SelectorComponent(
            name="leaky", factory="{module}_live:Leaky", summary="shows the item", per_item=True
        )
"""
LEAKY_LIVE = """
    from dataclasses import replace
    from amplify import Selection, Shot

    class Leaky:
        def __init__(self, options, context):
            pass

        def select(self, candidates, shots, queries):
            '''Every item sees the pool's first; the last one sees itself, in capitals.'''
            by_item = {query.id: (Shot(candidates[0].example),) for query in queries}
            last = queries[-1]
            new = replace(last, id="new", text=last.text.upper(), label="cold")
            by_item[last.id] = (Shot(new),)
            return Selection((), by_item=by_item)
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan and its data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=PLAN)


def test_the_boundary_shows_what_the_proxy_is_most_torn_about(site: Site, place: Path) -> None:
    plan, out = str(place / "plan.toml"), str(place / "out")
    done = amplify(site, place, "run", plan, "--out", out, "--shots", "40")
    assert done.returncode == 0, done.stderr
    whole = [abs(row["mcs"]) for row in rows(place, "out", "demonstrations.jsonl") if row["mcs"]]
    done = amplify(site, place, "run", plan, "--out", str(place / "few"))
    assert done.returncode == 0, done.stderr
    few = rows(place, "few", "demonstrations.jsonl")
    chosen = [abs(row["mcs"]) for row in few if row["arm"] == "amplify"]
    assert chosen == sorted(whole)[:4]


def test_an_item_among_its_own_demonstrations_is_refused(site: Site, place: Path) -> None:
    site.add("amplify-leaky", LEAKY, live=LEAKY_LIVE)
    plan, out = str(place / "plan.toml"), str(place / "out")
    done = amplify(site, place, "run", plan, "--out", out, "--selector", "leaky")
    assert done.returncode == 2
    assert "arm 'amplify'" in done.stderr
    assert "test item" in done.stderr
    # Nothing of that arm was asked.
    assert not [line for line in log(place) if line.startswith("amplify ")]


def test_auto_cot_takes_one_of_each_cluster_and_the_llm_writes_the_chains(
    site: Site, place: Path
) -> None:
    pytest.importorskip("amplify_sklearn", reason="k-means is of the plugin amplify-sklearn")
    plan, out = str(place / "plan.toml"), str(place / "out")
    done = amplify(
        site, place, "run", plan, "--out", out, "--arms", "answer-only,auto-cot", "--shots", "4"
    )
    assert done.returncode == 0, done.stderr
    shown = [row for row in rows(place, "out", "demonstrations.jsonl") if row["arm"] == "auto-cot"]
    assert len({row["example"]["id"] for row in shown}) == 4
    for row in shown:
        assert row["rationale"].startswith(" It says")
    prompts = [row for row in rows(place, "out", "prompts.jsonl") if row["arm"] == "auto-cot"]
    assert len({row["messages"][0]["content"].rpartition("Q: ")[0] for row in prompts}) == 1
