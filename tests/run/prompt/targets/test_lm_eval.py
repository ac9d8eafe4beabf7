"""An exported prompt is a task of lm-evaluation-harness: the same messages, the same score."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec

import pytest
from known.taken import WRITTEN, Taken

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(find_spec("lm_eval") is None, reason="lm-eval is not installed"),
]


@pytest.mark.parametrize("arm", WRITTEN)
def test_its_task_asks_and_scores_as_the_run(run: Taken, arm: str) -> None:
    run.export(arm, "lm-eval", "task.yaml")
    lines = [json.dumps(item) + "\n" for item in run.items(arm)]
    (run.folder / "items.jsonl").write_text("".join(lines))
    since = len(run.server.seen)
    model = f"model=known-1,base_url={run.url}/chat/completions,max_retries=1"
    command = [sys.executable, "-m", "lm_eval", "run", "--tasks", "task.yaml"]
    asked = ["--model", "local-chat-completions", "--model_args", model]
    chat = ["--apply_chat_template", "--fewshot_as_multiturn", "true"]
    done = run.runs.python(
        [*command, *asked, *chat, "--output_path", f"out-{arm}"],
        HF_HOME=str(run.folder / "hub"),
        HF_HUB_OFFLINE="1",
        **run.env,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run.check(arm, since)
    [results] = (run.folder / f"out-{arm}").rglob("results_*.json")
    [scored] = json.loads(results.read_text())["results"].values()
    assert scored["exact_match,label"] == pytest.approx(run.score(arm))
