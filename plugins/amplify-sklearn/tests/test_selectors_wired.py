"""Whole runs whose demonstrations are chosen for each test item, or by clusters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from known.waiting import HUNG

PLAN = """
[task]
use = "csv"
path = "items.csv"
instruction = "Say which."
[llm]
use = "none"
[proxy]
use = "sklearn/linear"
[survey]
errors = "proxy"
[[arms]]
name = "near"
selector = {{ use = "sklearn/{selector}", balanced = true }}
explainer = "sklearn/coefficients"
template = "key-words"
shots = {shots}
[[arms]]
name = "bare"
like = "near"
template = "answer-only"
"""
COLOURS = ("red", "green", "blue", "white", "black")


def run(folder: Path, selector: str, shots: Any = 2, *more: str, command: str = "run") -> str:
    # Two labels, five topics, and two words of each text's own, so that none is another's twin.
    rows = [
        f"{mood} {colour} river {colour} n{i}{mood}{colour} m{i}{mood}{colour},{label}"
        for i in range(10)
        for mood, label in (("splendid", "good"), ("gloomy", "bad"))
        for colour in COLOURS
    ]
    (folder / "items.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    plan = PLAN.format(selector=selector, shots=shots)
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    code = "from amplify.cli.main import main; main()"
    out = ["--out", "out"] if command == "run" else []
    done = subprocess.run(
        [sys.executable, "-c", code, command, "plan.toml", *out, *more],
        cwd=folder, capture_output=True, text=True, check=False, timeout=HUNG,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    text = (folder / "out" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("selector", ["nearest", "bm25", "mmr"])
def test_each_item_is_shown_its_own_demonstrations(tmp_path: Path, selector: str) -> None:
    run(tmp_path, selector)
    shown = [row for row in rows(tmp_path, "demonstrations.jsonl") if row["arm"] == "near"]
    assert len({row["example"]["id"] for row in shown}) == len(shown)
    prompts = [row for row in rows(tmp_path, "prompts.jsonl") if row["arm"] == "near"]
    assert len(prompts) > 20
    for row in prompts:
        text = row["messages"][0]["content"]
        first, *blocks, asked = text.split("\n\n")
        assert first == "Say which."
        assert len(blocks) == 2
        assert {block.split("answer is ")[1] for block in blocks} == {"good.", "bad."}
        colour = next(c for c in COLOURS if f" {c} " in asked)
        assert f" {colour} " in blocks[-1], "the best stands next to the item"
        assert all("The key words: " in block for block in blocks)
    # The control shows the same demonstrations to the same items.
    bare = [row for row in rows(tmp_path, "prompts.jsonl") if row["arm"] == "bare"]
    for one, other in zip(prompts, bare, strict=True):
        texts = [p["messages"][0]["content"] for p in (one, other)]
        questions = [[line for line in t.split("\n") if line.startswith("Q: ")] for t in texts]
        assert questions[0] == questions[1]
    before = (tmp_path / "out" / "prompts.jsonl").read_bytes()
    run(tmp_path, selector, 2, "--resume")
    assert (tmp_path / "out" / "prompts.jsonl").read_bytes() == before


def test_a_plan_shows_a_prompt_of_one_items_own(tmp_path: Path) -> None:
    said = run(tmp_path, "bm25", 1, "--json", command="plan")
    shown = json.loads(said)
    assert shown["phases"][0]["calls"] > 20
    assert shown["prompt"]["messages"][0]["content"].count("Q: ") == 2


def test_k_means_shows_all_items_the_same(tmp_path: Path) -> None:
    run(tmp_path, "k-means", 5)
    shown = [row for row in rows(tmp_path, "demonstrations.jsonl") if row["arm"] == "near"]
    assert len(shown) == 5
    prompts = [row for row in rows(tmp_path, "prompts.jsonl") if row["arm"] == "near"]
    heads = {row["messages"][0]["content"].rpartition("Q: ")[0] for row in prompts}
    assert len(heads) == 1
