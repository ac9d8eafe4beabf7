"""Arms whose template has the labels ranked: who can, who cannot, and what is made of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from known.site import Site

DECLARATIONS = """
    from amplify import ProviderComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="ranker", factory="{module}_live:Ranker", summary="ranks", ranks=True
        )
        yield ProviderComponent(
            name="writer", factory="{module}_live:no_such_thing", summary="only writes"
        )
"""
LIVE = """
    from amplify import Completion

    class Ranker:
        # The likelier label is the one whose letters the item repeats; it refuses to write.
        limit = None
        identity = {"provider": "ranker"}

        def __init__(self, options, context):
            pass

        def count_tokens(self, text):
            return len(text.split())

        def complete(self, requests):
            for index, request in enumerate(requests):
                assert request.labels and not request.stop
                item = request.prompt.item_part
                scores = [-1.0 if item.count(l.strip()) else -2.0 for l in request.labels]
                best = request.labels[scores.index(max(scores))]
                pairs = tuple(zip(request.labels, scores))
                yield index, Completion(best, "ranker", logprobs=pairs)
"""
PLAN = """
[task]
use = "csv"
path = "data.csv"
[split]
train = 20
pool = 10
test = 20
[llm]
use = "{llm}"
[[arms]]
name = "ranked"
selector = "random"
shots = 3
template = "ranking"
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    site.add("amplify-ranks", DECLARATIONS, live=LIVE)
    # A label that a parser of replies would misread, and an item whose ranking is wrong.
    labels = ("not b", "b")
    lines = [f"item {i} says {labels[i % 2]},{labels[i % 2]}" for i in range(50)]
    (tmp_path / "data.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    return tmp_path


def run(site: Site, place: Path, llm: str) -> subprocess.CompletedProcess[str]:
    (place / "plan.toml").write_text(PLAN.format(llm=llm))
    return site.amplify("run", str(place / "plan.toml"), "--out", str(place / "out"))


def test_the_label_that_is_ranked_first_is_the_answer(site: Site, place: Path) -> None:
    done = run(site, place, "ranker")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(x) for x in (place / "out/predictions.jsonl").read_text().splitlines()]
    assert {row["status"] for row in rows} == {"answered"}
    # "b" stands in every item, and both score alike where "not b" does: the task's first wins.
    assert {(r["label"], r["answer"]) for r in rows} <= {("b", "b"), ("not b", "b"), ("not b",) * 2}
    calls = [json.loads(x) for x in (place / "out/calls.jsonl").read_text().splitlines()]
    names = [name for name, _ in calls[0]["completion"]["logprobs"]]
    assert sorted(names) == [" b", " not b"]


def test_an_llm_that_cannot_rank_is_refused_before_it_is_loaded(site: Site, place: Path) -> None:
    done = run(site, place, "writer")
    assert done.returncode == 2
    assert "builtin/ranking has labels ranked, which ranks/writer cannot do" in " ".join(
        done.stderr.split()
    )
    assert not (place / "out").exists()


def test_open_answers_cannot_be_ranked(site: Site, place: Path) -> None:
    (place / "plan.toml").write_text(
        PLAN.format(llm="ranker").replace("[split]", 'answers = "open"\n[split]')
    )
    done = site.amplify("run", str(place / "plan.toml"), "--out", str(place / "out"))
    assert done.returncode == 2
    assert "no labels to rank" in " ".join(done.stderr.split())
