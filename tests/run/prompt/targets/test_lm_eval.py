"""An exported prompt is a task of lm-evaluation-harness: the same messages, the same score."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from known.opinions import finished_prompt
from known.taken import WRITTEN, Taken
from msgspec.structs import replace

from amplify.run.prompt.exports.formats import export

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


@pytest.mark.filterwarnings("ignore")  # its libraries warn of each other
def test_its_task_ranks_the_labels_behind_the_same_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM

    whole = finished_prompt()
    ranked = {label: f" {label}" for label in whole.labels}
    prompt = replace(whole, answer=replace(whole.answer, mode="rank", ranked=ranked))
    seen: list[tuple[str, str]] = []

    class Evens(LM):
        """Finds "good" likelier of a text that ends in an even digit."""

        def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
            seen.extend(request.args for request in requests)
            return [
                (-float((text.removesuffix("\nA:")[-1] in "02468") != (label == " good")), False)
                for text, label in (request.args for request in requests)
            ]

        def loglikelihood_rolling(self, requests: Sequence[Any]) -> list[float]:
            raise NotImplementedError

        def generate_until(self, requests: Sequence[Any]) -> list[str]:
            raise NotImplementedError

    labels = {"note 0": "good", "note 1": "bad", "note 2": "bad", "note 3": "bad"}
    rows = ({"text": text, "label": label} for text, label in labels.items())
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "task.yaml").write_text(export(prompt, "lm-eval"))
    monkeypatch.chdir(tmp_path)
    results = simple_evaluate(Evens(), tasks=["task.yaml"], bootstrap_iters=0)["results"]
    asked = [prompt.layout.prompt(text).text for text in labels]
    assert seen == [(text, ranked[label]) for text in asked for label in whole.labels]
    [scored] = results.values()
    assert scored["acc,none"] == 0.75
