"""The published figures of a real LLM, from its recorded replies, through a whole run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from amplify.host.load import Host
from amplify.run.execute import execute
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire

DATA = Path(os.environ.get("AMPLIFY_DATA") or Path(__file__).parents[2] / "../shared/data")
BBH = DATA / "bbh"
TASKS = sorted(path.stem for path in BBH.glob("tasks/*.json"))

pytestmark = pytest.mark.skipif(not TASKS, reason="AMPLIFY_DATA has no bbh/tasks")

PLAN = """
[run]
parser = "published"
[task]
use = "bbh"
path = "{bbh}/tasks/{task}.json"
[split]
train = 0
pool = 0
test = "all"
[guards]
leaks = "note"
[llm]
use = "replay"
paths = []
match = "item"
[llm.bind]
answer-only = "{bbh}/transcripts/direct/{task}.json"
cot = "{bbh}/transcripts/cot/{task}.json"
[[arms]]
name = "answer-only"
selector = {{ use = "file", path = "{bbh}/cot-prompts/{task}.txt" }}
template = "answer-only"
[[arms]]
name = "cot"
selector = {{ use = "file", path = "{bbh}/cot-prompts/{task}.txt" }}
template = "chain-of-thought"
"""


@pytest.mark.parametrize("task", TASKS)
def test_the_published_accuracy_comes_out_to_the_last_digit(task: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(bbh=BBH.resolve(), task=task))
    wiring = wire(read_plan(plan, Overrides()), Host.load(plugins=False))
    run = execute(wiring, RunFolder(tmp_path / "run"))
    for score, mode in zip(run.scores, ("direct", "cot"), strict=True):
        published = json.loads((BBH / f"transcripts/{mode}/{task}.metrics.json").read_text())
        assert score.accuracy is not None
        assert 100 * score.correct / score.items == pytest.approx(published["accuracy"], abs=1e-12)
        assert score.errors == 0
        # Each shot of this task's published prompt is the other pronoun of some test items.
        leaks = [note for note in run.record["notes"] if "one word from one of its demon" in note]
        assert len(leaks) == (2 if task == "disambiguation_qa" else 0)
        assert score.items == len(json.loads((BBH / f"tasks/{task}.json").read_text())["examples"])
