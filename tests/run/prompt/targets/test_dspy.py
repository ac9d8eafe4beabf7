"""An exported prompt is a DSPy program: with the same messages and the same score."""

from __future__ import annotations

import runpy

import pytest
from known.openai_words import KEY
from known.taken import WRITTEN, Taken

dspy = pytest.importorskip("dspy")

pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore"),  # DSPy's libraries warn of each other
]


@pytest.mark.parametrize("arm", WRITTEN)
def test_its_program_asks_and_scores_as_the_run(run: Taken, arm: str) -> None:
    program = runpy.run_path(str(run.export(arm, "dspy", "prompt.py")))["program"]
    lm = dspy.LM("openai/known-1", api_base=run.url, api_key=KEY, cache=False, num_retries=0)
    since = len(run.server.seen)
    items = [dspy.Example(**item).with_inputs("text") for item in run.items(arm)]
    with dspy.context(lm=lm):
        evaluate = dspy.Evaluate(
            devset=items, metric=lambda item, said, trace=None: item.label == said.label
        )
        score = evaluate(program).score
    run.check(arm, since)
    assert score == pytest.approx(100 * run.score(arm))
