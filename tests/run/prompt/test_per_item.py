"""Finished prompts of arms that choose demonstrations for each input, or that calibrate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from known.site import Site

from amplify.contract.errors import AmplifyError, PlanError
from amplify.host import Host
from amplify.run.execute import execute
from amplify.run.plan.read import read_plan
from amplify.run.prompt.exports.formats import FORMATS, export
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.load import finished_at, load_prompt
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire

pytestmark = pytest.mark.once

DECLARATIONS = """
    from amplify import ProviderComponent, SelectorComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="weighing", factory="{module}_live:Weighing", summary="weighs", ranks=True
        )

    @hookimpl
    def amplify_selectors():
        yield SelectorComponent(
            name="each", factory="{module}_live:Each", summary="by words", per_item=True
        )
        yield SelectorComponent(
            name="unsure", factory="{module}_live:Each", summary="by words", per_item=True,
            needs=("test-probabilities",)
        )
"""
LIVE = """
    import math
    from amplify import Completion, Selection, Shot, SyncProvider

    class Weighing(SyncProvider):
        identity = {"provider": "weighing"}

        def complete(self, requests):
            for index, request in enumerate(requests):
                share = 1 / (3 + len(request.prompt.text) % 7)
                shares = dict(zip(request.labels, (share, 1 - share)))
                pairs = tuple((label, math.log(p)) for label, p in shares.items())
                text = max(shares, key=shares.get) if shares else f"warm {share}"
                yield index, Completion(text, "weighing", logprobs=pairs)

    class Each:
        # The candidates with most of the item's words.
        def __init__(self, options, context):
            self.labels = context.labels

        def select(self, candidates, shots, queries=(), surveyed=None):
            assert self.labels == ("cold", "warm")
            shown = [Shot(candidate.example) for candidate in candidates]
            def near(query, shot):
                return len({*query.text.split()} & {*shot.example.text.split()})
            return Selection((), by_item={
                query.id: tuple(sorted(shown, key=lambda shot: -near(query, shot))[:shots])
                for query in queries
            })
"""
PLAN = """
[task]
use = "jsonl"
path = "notes.jsonl"
instruction = "Answer with one of: cold, warm."
[split]
train = 0
pool = 16
test = 8
[llm]
use = "weighing"
[[arms]]
name = "zero-shot"
[[arms]]
name = "near"
selector = "each"
shots = 3
[[arms]]
name = "near chat"
selector = "each"
shots = "max"
template = { use = "answer-only", layout = "chat" }
[[arms]]
name = "near system"
like = "near"
draws = 2
template = { use = "answer-only", layout = "chat", system = true }
[[arms]]
name = "orders"
like = "near"
repeats = 2
repeats_by = "order"
[[arms]]
name = "looks"
like = "near"
selector = "unsure"
[[arms]]
name = "explained"
like = "near"
explainer = "random"
template = "key-words"
[[arms]]
name = "calibrated"
selector = "random"
shots = 2
answer = "rank"
calibrate = "context"
"""
WORDS = ("river", "lamp", "garden", "letter", "chair")


@pytest.fixture
def host(site: Site, tmp_path: Path) -> Host:
    """The plugins, beside a finished run in the folder `out`."""
    site.add("amplify-each", DECLARATIONS, live=LIVE)
    notes = [
        {"text": f"{WORDS[n % 5]} {WORDS[n % 3]} number {n}", "label": ("cold", "warm")[n % 2]}
        for n in range(24)
    ]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    (tmp_path / "plan.toml").write_text(PLAN)
    host = Host.load()
    execute(wire(read_plan(tmp_path / "plan.toml"), host), RunFolder(tmp_path / "out"))
    return host


def rows(folder: Path, name: str, finished: FinishedPrompt) -> dict[str, Any]:
    """The rows of a file of the run that are about the prompt's arm and draw, by item."""
    lines = map(json.loads, (folder / "out" / name).read_text().splitlines())
    mine = (finished.arm, finished.draw)
    return {row["item"]: row for row in lines if (row["arm"], row["draw"]) == mine}


def texts(folder: Path) -> dict[str, str]:
    lines = (folder / "notes.jsonl").read_text().splitlines()
    return {f"notes-{n:04}": json.loads(line)["text"] for n, line in enumerate(lines)}


def test_the_pool_and_the_selector_travel_with_the_prompt(host: Host, tmp_path: Path) -> None:
    by_id, path = texts(tmp_path), tmp_path / "taken" / "prompt.json"
    path.parent.mkdir()
    for arm, draw in (("near", 0), ("near chat", 0), ("near system", 2)):
        finished, _ = finished_at(tmp_path / "out", host, arm, draw or None)
        finished.write(path)
        prompt = load_prompt(path, host)
        assert prompt.finished == finished
        assert finished.choice is not None
        assert finished.draw == draw
        in_run = rows(tmp_path, "prompts.jsonl", finished)
        assert len(in_run) == 8
        for item, row in in_run.items():
            sent = [{"role": m.role, "content": m.content} for m in prompt.messages(by_id[item])]
            assert sent == row["messages"]
        read = rows(tmp_path, "predictions.jsonl", finished)
        labellings = prompt.predict(by_id[item] for item in read)
        assert [labelling.label for labelling in labellings] == [
            row["answer"] for row in read.values()
        ]
    # Inputs that the run has never seen have demonstrations of their own, which are near to them.
    prompt = load_prompt(tmp_path / "out", host, "near")
    for word in ("garden", "letter"):
        asked = prompt.messages(f"the {word}")[0].content
        assert asked.count("\nA: ") == 3
        shown = asked.partition("\nQ: ")[2].rpartition("\nQ: ")[0]
        assert shown.count(word) >= 3


REFUSED = {
    "orders": "in another order each time",
    "looks": "looks at what the proxy or the LLM makes of",
    "explained": "would have to be explained",
}


def test_what_cannot_be_chosen_elsewhere_is_refused(host: Host, tmp_path: Path) -> None:
    for arm, words in REFUSED.items():
        with pytest.raises(PlanError, match=words) as caught:
            finished_at(tmp_path / "out", host, arm)
        assert "--arm" in str(caught.value)
    finished, _ = finished_at(tmp_path / "out", host, "near")
    for to in FORMATS.keys() - {"prompt"}:
        with pytest.raises(PlanError, match="chooses other demonstrations for each input"):
            export(finished, to)
    finished.write(tmp_path / "prompt.json")
    with pytest.raises(AmplifyError, match="each"):
        load_prompt(tmp_path / "prompt.json", Host.load(plugins=False), llm="none")


def test_probabilities_are_calibrated_by_the_very_prior_of_the_run(
    host: Host, tmp_path: Path
) -> None:
    prompt = load_prompt(tmp_path / "out", host, "calibrated")
    by_id, read = texts(tmp_path), rows(tmp_path, "predictions.jsonl", prompt.finished)
    labellings = prompt.predict(by_id[item] for item in read)
    assert [dict(labelling.probabilities) for labelling in labellings] == [
        dict(row["probabilities"]) for row in read.values()
    ]
    (tmp_path / "out" / "priors.json").unlink()
    with pytest.raises(PlanError, match="its prior is not in the run's folder"):
        load_prompt(tmp_path / "out", host, "calibrated")
