"""A run's finished prompt, loaded and asked again: with the same calls, labels and score."""

from __future__ import annotations

import asyncio
import csv
import json
import runpy
import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from known.runs import Runs, label
from known.server import Seen, Server, in_turn
from known.vendors import INSTALLED, VENDORS

import amplify
from amplify.run.prompt.exports.formats import export

pytestmark = pytest.mark.once

ITEMS = 12

ARMS = """
[[arms]]
name = "chat"
selector = "random"
shots = 3
template = { use = "answer-only", layout = "chat", system = true }
[[arms]]
name = "ranked"
selector = "random"
shots = 3
answer = "rank"
[[arms]]
name = "drawn"
like = "answer-only"
draws = 2
repeats = 2
repeats_by = "order"
"""

NEAR = """
[[arms]]
name = "near"
selector = "sklearn/nearest"
shots = 3
"""
"""An arm whose selector, which is a plugin's, chooses for each item."""

CHOSEN = ("near",) * bool(find_spec("amplify_sklearn"))


@pytest.fixture(scope="module", params=INSTALLED)
def whole(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Runs, Server]]:
    """A finished run of arms with prompts of every layout, and the server that it asked."""
    vendor = VENDORS[request.param]()
    with Server(answer=label) as server:
        runs = Runs(tmp_path_factory.mktemp(vendor.name), vendor.env(server.url))
        runs.write(vendor.llm, ITEMS)
        with (runs.folder / "plan.toml").open("a") as plan:
            plan.write(ARMS + NEAR * len(CHOSEN))
        code, told = runs.run("run", "plan.toml", "--out", "out")
        assert code == 0, told
        yield runs, server


@pytest.fixture
def server(whole: tuple[Runs, Server]) -> Server:
    return whole[1]


@pytest.fixture
def runs(whole: tuple[Runs, Server], monkeypatch: pytest.MonkeyPatch) -> Runs:
    """The run's folder, in which this process is as its commands were."""
    runs = whole[0]
    monkeypatch.setenv("XDG_CACHE_HOME", str(runs.folder / "cache"))
    monkeypatch.chdir(runs.folder)
    for name, value in runs.env.items():
        monkeypatch.setenv(name, value)
    return runs


def texts(folder: Path) -> dict[str, str]:
    """The text of each item by its id."""
    with (folder / "reviews.csv").open() as file:
        return {f"reviews-{n:04}": row["text"] for n, row in enumerate(csv.DictReader(file))}


def rows(runs: Runs, name: str, arm: str, draw: int = 0) -> dict[str, Any]:
    """The rows of a file of the run that are about an arm, by item."""
    lines = map(json.loads, (runs.folder / "out" / name).read_text().splitlines())
    return {row["item"]: row for row in lines if (row["arm"], row["draw"]) == (arm, draw)}


def test_it_asks_and_reads_as_the_run_did(runs: Runs, server: Server) -> None:
    by_id, asked = texts(runs.folder), len(server.seen)
    for arm in ("zero-shot", "answer-only", "chat", "ranked", "drawn", *CHOSEN):
        of_run = amplify.load(runs.folder / "out", arm=arm)
        of_run.finished.write(runs.folder / "prompt.json")
        prompt = amplify.load(runs.folder / "prompt.json")
        assert prompt.finished == of_run.finished
        draw = prompt.finished.draw
        assert bool(draw) == (arm == "drawn")
        for item, row in rows(runs, "prompts.jsonl", arm, draw).items():
            messages = [
                {"role": m.role, "content": m.content} for m in prompt.messages(by_id[item])
            ]
            assert messages == row["messages"]
        read = rows(runs, "predictions.jsonl", arm, draw)
        assert len(read) == ITEMS
        labellings = prompt.predict([by_id[item] for item in read])
        assert [found.label for found in labellings] == [row["answer"] for row in read.values()]
        assert sum(row["correct"] for row in read.values()) == ITEMS
        assert prompt.finished.provenance.score["accuracy"] == 1.0
    # All of it came from the cache: each call is the very one of the run.
    assert len(server.seen) == asked


def test_it_works_where_an_event_loop_is_running(runs: Runs) -> None:
    prompt = amplify.load("out", arm="answer-only")

    async def both() -> list[str | None]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        [awaited] = await prompt.apredict(["a splendid lamp"])
        ticking.cancel()
        assert ticks > 1
        return [awaited.label, prompt("a splendid house").label]

    assert asyncio.run(both()) == ["good", "good"]
    assert prompt("a dreadful house").label == "bad"


def test_a_text_whose_call_fails_has_no_label_and_says_why(runs: Runs, server: Server) -> None:
    prompt = amplify.load("out", arm="answer-only", model="known-2")
    prompt.calls = replace(prompt.calls, retries=0)
    server.faults = in_turn("500")
    first, second = prompt.predict(["a splendid lamp", "a splendid lamp"])
    assert (first.label, first.status) == (None, "failed")
    assert "500" in first.error
    assert second == first


def test_a_run_whose_data_have_changed_is_refused(runs: Runs) -> None:
    shutil.copytree(runs.folder / "out", "other/out")
    plan = Path("other/out/plan.toml")
    plan.write_text(plan.read_text().replace(str(runs.folder), str(runs.folder / "other")))
    data = Path("reviews.csv").read_text().replace("splendid", "lovely")
    Path("other/reviews.csv").write_text(data)
    with pytest.raises(amplify.DataError, match="is not what the run asked with"):
        amplify.load("other/out", arm="answer-only")


def spoken(turns: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Role and text of each message, whose content may be in parts."""
    return [
        (
            turn["role"],
            turn["content"]
            if isinstance(turn["content"], str)
            else "".join(part["text"] for part in turn["content"]),
        )
        for turn in turns
    ]


@pytest.mark.parametrize("arm", ["answer-only", "chat"])
def test_the_sdk_that_it_is_exported_for_gets_the_same_messages_and_score(
    runs: Runs, server: Server, arm: str
) -> None:
    vendor = next(name for name in INSTALLED if f"{name.upper()}_API_KEY" in runs.env)
    finished = amplify.load("out", arm=arm).finished
    body = export(finished, vendor)
    Path("exported.py").write_text(export(finished, "python"))
    read = runpy.run_path("exported.py")["read"]
    by_id, right = texts(runs.folder), 0
    for item, row in rows(runs, "predictions.jsonl", arm).items():
        filled = json.loads(body.replace("{{input}}", by_id[item]))
        reply = SDKS[vendor](filled)
        sent = server.seen[-1].json
        system = [("system", sent["system"])] if "system" in sent else []
        messages = [*system, *spoken(sent["messages"])]
        in_run = rows(runs, "prompts.jsonl", arm)[item]["messages"]
        assert messages == [(turn["role"], turn["content"]) for turn in in_run]
        assert read(reply) == row["answer"]
        right += read(reply) == row["label"]
    assert right == ITEMS


def test_the_page_shows_how_a_body_is_filled_in_and_its_reply_read(
    runs: Runs, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor = next(name for name in INSTALLED if f"{name.upper()}_API_KEY" in runs.env)
    amplify.load("out", arm="answer-only").export(vendor, "body.json")
    page = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-prompt.md"
    blocks = [block.split("```")[0] for block in page.read_text().split("```python\n")[1:]]
    names: dict[str, Any] = {}
    for block in (
        *(b for b in blocks if "def filled" in b),
        *(b for b in blocks if f"import {vendor}" in b),
    ):
        exec(block, names)  # what the page tells users to run
    assert capsys.readouterr().out.strip() in ("good", "bad")
    last = spoken(server.seen[-1].json["messages"])[-1][1]
    assert "the battery died after a day" in last
    assert "{{" not in last


def by_openai(body: dict[str, Any]) -> str | None:
    """What OpenAI's SDK gets for a body."""
    import openai

    with openai.OpenAI(max_retries=0) as client:
        return client.chat.completions.create(**body).choices[0].message.content


def by_anthropic(body: dict[str, Any]) -> str | None:
    """What Anthropic's SDK gets for a body."""
    import anthropic

    with anthropic.Anthropic(max_retries=0) as client:
        return client.messages.create(**body).content[0].text


SDKS = {"openai": by_openai, "anthropic": by_anthropic}


def test_files_are_labelled_and_scored_by_commands(runs: Runs, server: Server) -> None:
    code, told = runs.run("export", "out", "--arm", "answer-only", "-o", "taken/prompt.json")
    assert code == 0, told
    assert "amplify predict taken/prompt.json FILE" in told
    Path("new.csv").write_text('review\n"a splendid, long day"\n=1+1 dreadful\n')
    asked = len(server.seen)
    command = ("predict", "taken/prompt.json", "new.csv", "-o", "labels.csv")
    code, told = runs.run(*command)
    assert (code, len(server.seen)) == (0, asked + 2), told
    with Path("labels.csv").open(newline="") as file:
        labelled = list(csv.DictReader(file))
    assert [row["label"] for row in labelled] == ["good", "bad"]
    assert [row["text"] for row in labelled] == ["a splendid, long day", "'=1+1 dreadful"]
    code, told = runs.run(*command)
    assert (code, len(server.seen)) == (2, asked + 2), told
    code, told = runs.run("evaluate", "taken/prompt.json", "reviews.csv", "--json")
    assert code == 0, told
    table = json.loads(told[told.index("{") : told.rindex("}") + 1])
    assert (table["correct"], table["accuracy"]) == (ITEMS + 12, 1.0)
    server.faults = in_turn("401")
    code, told = runs.run("predict", "taken/prompt.json", "new.csv", "--no-cache")
    assert (code, "401" in told) == (1, True), told


TUNE = """
[task]
use = "csv"
path = "reviews.csv"
instruction = "Answer with one of: bad, good."
[split]
train = 0
pool = 24
test = 12
[tune]
validation = 10
[llm]
{llm}
[[arms]]
name = "zero-shot"
[[arms]]
name = "shown"
selector = "random"
shots = 2
draws = 2
"""


def taught(seen: Seen) -> str:
    """What a model answers that has to be shown how."""
    return label(seen) if "\nA: " in seen.prompt else "neither"


@pytest.mark.skipif("openai" not in INSTALLED, reason="the plugin for OpenAI is not installed")
def test_of_a_tune_it_is_the_prompt_that_was_chosen(tmp_path: Path) -> None:
    with Server(answer=taught) as server:
        runs = Runs(tmp_path, VENDORS["openai"]().env(server.url))
        runs.write(VENDORS["openai"]().llm, 24)
        (tmp_path / "tune.toml").write_text(TUNE.format(llm=VENDORS["openai"]().llm))
        code, told = runs.run("tune", "tune.toml", "--out", "out")
        assert code == 0, told
        race = runs.record["race"]
        assert race["chosen"] == race["winner"] != race["baseline"]
        prompt = amplify.load(tmp_path / "out").finished
    assert (prompt.name, prompt.arm) == (race["chosen"], "shown")
    assert prompt.provenance.score["correct"] == 12
    assert prompt.provenance.gain is not None
    assert prompt.provenance.gain["baseline"] == race["baseline"] == "zero-shot"
    assert len(prompt.provenance.demonstrations) == 2
