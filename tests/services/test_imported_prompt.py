"""A prompt that was exported for promptfoo is imported again: a run of it has the same score."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from known.taken import taken
from known.vendors import INSTALLED

pytest.importorskip("yaml")

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif("openai" not in INSTALLED, reason="the plugin for OpenAI is not installed"),
]


def test_an_exported_prompt_comes_back_as_an_arm(tmp_path: Path) -> None:
    with taken(tmp_path) as run:
        arm = "system"
        run.export(arm, "promptfoo", "promptfooconfig.yaml")
        with (tmp_path / "items.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["input", "label"])
            writer.writerows([item["text"], item["label"]] for item in run.items(arm))
        code, told = run.runs.run("import", "promptfooconfig.yaml", "--out", f"{arm}.toml")
        assert code == 0, told
        code, told = run.runs.run("run", f"{arm}.toml", "--no-cache", "--out", f"again-{arm}")
        assert code == 0, told
        record = json.loads((tmp_path / f"again-{arm}" / "record.json").read_text())
        [again] = record["arms"]
        assert again["name"] == arm
        assert again["accuracy"] == run.score(arm)
        prompts = (tmp_path / f"again-{arm}" / "prompts.jsonl").read_text().splitlines()
        messages = [json.dumps(json.loads(line)["messages"]) for line in prompts]
        of_run = [json.dumps(row["messages"]) for row in run.rows("prompts.jsonl", arm)]
        assert sorted(messages) == sorted(of_run)
