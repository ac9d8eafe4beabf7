"""A whole run with label pre-selection: what is shown to whom, and which labels are ranked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from known.site import Site

WORDS = ("river", "stone", "cloud", "lamp", "chair", "street")
PLAN = """
[run]
answer = "rank"
faithfulness = false
[split]
train = 36
pool = 24
test = 12
[task]
use = "csv"
path = "items.csv"
[llm]
use = "ranker"
"""
RANKER = """
    from amplify import ProviderComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="ranker", factory="{module}_live:Ranker", summary="the last label", ranks=True
        )
"""
LIVE = """
    from pathlib import Path
    from amplify import Completion, SyncProvider

    class Ranker(SyncProvider):
        def complete(self, requests):
            for place, request in enumerate(requests):
                with Path("asked.txt").open("a") as file:
                    print(request.item, *request.labels, file=file)
                told = tuple((label, -1.0) for label in request.labels)
                yield place, Completion(request.labels[-1], "ranker", logprobs=told)
"""


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_llm_ranks_the_labels_that_it_is_shown(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    site.path.mkdir()
    site.add("amplify-ranker", RANKER, live=LIVE)
    table = ["text,label"]
    for number in range(12):
        for word in WORDS:
            table.append(f"{word} n{number}{word} m{number}{word} {word},{word}s")
    (tmp_path / "items.csv").write_text("\n".join(table), encoding="utf-8")
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    done = site.amplify(
        "run", "plan.toml", "--arms", "conformal-labels", "--out", "out",
        "-o", "selector.coverage=0.8", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    asked = {
        line.split()[0]: line.split()[1:]
        for line in (tmp_path / "asked.txt").read_text(encoding="utf-8").splitlines()
    }
    told = " ".join(done.stdout.split())
    assert "arm conformal-labels runs the proxy at test time: its selector" in told
    prompts = rows(tmp_path / "out" / "prompts.jsonl")
    assert len(prompts) == len(asked) == 12
    for row in prompts:
        shown = row["messages"][0]["content"].split("\n\n")[:-1]
        labels = [block.rpartition("A: ")[2] for block in shown]
        assert sorted(labels) == asked[row["item"]]
        assert 1 <= len(labels) < len(WORDS)
    for row in rows(tmp_path / "out" / "predictions.jsonl"):
        assert row["answer"] == asked[row["item"]][-1]
        assert [label for label, _ in row["probabilities"]] == asked[row["item"]]
