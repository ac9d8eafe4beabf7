"""The provider `replay` in a run whose arms are drawn several times."""

from __future__ import annotations

import json
from pathlib import Path

from amplify.host.load import Host
from amplify.run.execute import execute
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire

PLAN = """
[run]
draws = 2
choose_on = 0
[task]
use = "csv"
path = "data.csv"
[split]
train = 0
pool = 30
test = 10
[llm]
use = "replay"
match = "item"
bind = { few = "few.json" }
[[arms]]
name = "few"
selector = "random"
shots = 2
"""


def test_a_bound_arm_finds_its_replies_in_each_draw(tmp_path: Path) -> None:
    items = [(f"number {i} of them", ("low", "high")[i % 2]) for i in range(40)]
    rows = "\n".join(f"{text},{label}" for text, label in items)
    (tmp_path / "data.csv").write_text(f"text,label\n{rows}\n")
    outputs = [{"input": f"Q: {t}\nA:", "prediction": f"The answer is {n}."} for t, n in items]
    (tmp_path / "few.json").write_text(json.dumps({"outputs": outputs}))
    (tmp_path / "plan.toml").write_text(PLAN)
    wiring = wire(read_plan(tmp_path / "plan.toml", Overrides()), Host.load(plugins=False))
    run = execute(wiring, RunFolder(tmp_path / "run"))
    (score,) = run.scores
    assert (score.answers, score.correct, score.prepared) == (20, 20, 0)
    assert [draw.items for draw in score.draws] == [10, 10]
