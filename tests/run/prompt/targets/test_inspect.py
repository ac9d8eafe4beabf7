"""An exported prompt is a task of Inspect: with the same messages and the same score."""

from __future__ import annotations

import csv
import json
import sys
from importlib.util import find_spec

import pytest
from known.openai_words import KEY
from known.taken import WRITTEN, Taken

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(find_spec("inspect_ai") is None, reason="Inspect is not installed"),
]


@pytest.mark.parametrize("arm", WRITTEN)
def test_its_task_asks_and_scores_as_the_run(run: Taken, arm: str) -> None:
    run.export(arm, "inspect", "task.py")
    items = run.items(arm)
    with (run.folder / "items.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["text", "label"])
        writer.writeheader()
        writer.writerows(items)
    since = len(run.server.seen)
    # As OpenAI's own model it would get the system message under the role "developer".
    command = [sys.executable, "-m", "inspect_ai", "eval", "task.py"]
    model = ["--model", "openai-api/known/known-1"]
    env = {"KNOWN_API_KEY": KEY, "KNOWN_BASE_URL": run.url}
    options = ["--log-dir", f"logs-{arm}", "--log-format", "json", "--display", "none"]
    done = run.runs.python([*command, *model, *options], **env)
    assert done.returncode == 0, done.stdout + done.stderr
    run.check(arm, since)
    [log] = (run.folder / f"logs-{arm}").glob("*.json")
    [scored] = json.loads(log.read_text())["results"]["scores"]
    assert scored["metrics"]["accuracy"]["value"] == pytest.approx(run.score(arm))
