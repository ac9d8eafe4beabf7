"""Plans that are made of answers, for the LLM that gives none."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify.contract.errors import PlanError
from amplify.host.load import Host
from amplify.run.estimate.estimate import estimate
from amplify.run.plan.read import read_plan
from amplify.run.study.execute import check_study
from amplify.run.study.read import read_study
from amplify.run.wiring.wire import Wiring, wire

PLAN = """
[task]
use = "csv"
path = "data.csv"
[split]
train = 8
pool = 8
test = 8
[llm]
use = "none"
[survey]
errors = "{errors}"
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "other"
selector = "{selector}"
explainer = "{explainer}"
template = "{template}"
shots = {shots}
"""

CHOOSE = """
[[vary]]
arm = "answer-only"
shots = [1, 2]
choose = true
parts = 2
"""


def text(
    folder: Path,
    errors: str = "llm",
    selector: str = "random",
    explainer: str = "random",
    template: str = "key-words",
    shots: int = 2,
) -> str:
    rows = [f"item {i} is {('low', 'high')[i % 2]},{('low', 'high')[i % 2]}" for i in range(40)]
    (folder / "data.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    return PLAN.format(
        errors=errors, selector=selector, explainer=explainer, template=template, shots=shots
    )


def wired(folder: Path, plan: str) -> Wiring:
    (folder / "plan.toml").write_text(plan)
    return wire(read_plan(folder / "plan.toml"), Host.load(plugins=False))


def check(folder: Path, study: str) -> None:
    (folder / "study.toml").write_text(study)
    check_study(read_study(folder / "study.toml"), Host.load(plugins=False))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"selector": "errors"}, "looks at the LLM's errors"),
        ({"explainer": "self-topk"}, "asks the LLM"),
        ({"explainer": "ph-cot", "template": "chain-of-thought"}, "asks the LLM"),
    ],
)
def test_what_needs_answers_is_refused_before_anything_is_done(
    tmp_path: Path, given: dict[str, str], words: str
) -> None:
    plan = text(tmp_path, **given)
    with pytest.raises(PlanError, match=words):
        wired(tmp_path, plan)
    with pytest.raises(PlanError, match=words):
        check(tmp_path, plan)


def test_a_study_that_chooses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="nothing can be chosen"):
        check(tmp_path, text(tmp_path) + CHOOSE)


def test_an_explainer_that_nothing_uses_is_noted(tmp_path: Path) -> None:
    made = estimate(wired(tmp_path, text(tmp_path, explainer="self-topk", shots=0)))
    assert any("other names an explainer, but shows no demonstrations" in n for n in made.notes)
    made = estimate(wired(tmp_path, text(tmp_path, template="answer-only", shots=1)))
    assert any("shows no rationale" in n for n in made.notes)
