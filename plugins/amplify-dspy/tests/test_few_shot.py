"""AmplifyFewShot: a user's program of DSPy, compiled with amplify's demonstrations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import dspy
import pytest
from amplify_dspy import AmplifyFewShot
from known.apprentice import TELLING, word_of
from known.openai_words import KEY
from known.server import Server

from amplify import PlanError, PluginError

LINEAR = {"proxy": "sklearn/linear", "explainer": "sklearn/coefficients"}


class Judge(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Say whether the review is good or bad."""

    review: str = dspy.InputField()
    verdict: Literal["good", "bad"] = dspy.OutputField()


@pytest.fixture
def trainset(folder: Path) -> list[Any]:
    lines = (folder / "reviews.csv").read_text().splitlines()[1:]
    rows = [line.rsplit(",", 1) for line in lines]
    return [dspy.Example(review=text, verdict=label).with_inputs("review") for text, label in rows]


@pytest.fixture
def lm(server: Server) -> Iterator[Any]:
    """A model of DSPy's own, which asks the server on this machine."""
    model = dspy.LM(
        "openai/known-1", api_base=f"{server.url}/v1", api_key=KEY, cache=False, engine="lm15"
    )
    server.answer = lambda seen: "[[ ## verdict ## ]]\ngood\n\n[[ ## completed ## ]]"
    with dspy.context(lm=model):
        yield model
    model.close()


def test_a_chain_of_thought_gets_rationales_for_what_its_lm_gets_wrong(
    lm: Any, server: Server, trainset: list[Any], folder: Path
) -> None:
    server.answer = lambda seen: (
        "[[ ## reasoning ## ]]\nIt reads well.\n\n[[ ## verdict ## ]]\ngood\n\n"
        "[[ ## completed ## ]]"
    )
    program = dspy.ChainOfThought(Judge)
    teleprompter = AmplifyFewShot(**LINEAR, keywords=1, out=folder / "kept")
    compiled = teleprompter.compile(program, trainset=trainset)
    assert len(server.seen) == len(trainset)
    demos = compiled.predictors()[0].demos
    # The LM says "good" of all: the selector has the bad ones to choose from.
    assert [demo.verdict for demo in demos] == ["bad"] * 4
    for demo in demos:
        word = word_of(demo.review)
        assert demo.reasoning == (
            f"The key words: {word} are important clues to predict bad as the correct answer."
        )
        assert TELLING[word] == demo.verdict
    assert program.predictors()[0].demos == []
    # The compiled program shows them to its LM.
    compiled(review="a dismal evening")
    messages = server.seen[-1].json["messages"]
    assert len(messages) == 1 + 2 * 4 + 1
    assert demos[0].reasoning in messages[2]["content"]
    assert json.loads((folder / "kept/record.json").read_text())["arms"]


def test_without_a_place_for_a_rationale_and_without_an_lm(trainset: list[Any]) -> None:
    program = dspy.Predict(Judge)
    compiled = AmplifyFewShot(**LINEAR, errors="proxy", shots=2).compile(program, trainset=trainset)
    demos = compiled.predictors()[0].demos
    assert [set(demo.toDict()) for demo in demos] == [{"augmented", "review", "verdict"}] * 2
    assert {demo.verdict for demo in demos} <= {"good", "bad"}


@pytest.mark.parametrize(
    ("signature", "told"),
    [
        ("review, title -> verdict", "its inputs are review, title: one text is read"),
        ("review -> mood", "of its outputs mood one is to be the label"),
        ("review -> why, how, verdict", "it has the outputs why, how: one holds the rationale"),
    ],
)
def test_programs_of_another_kind_are_refused(
    trainset: list[Any], signature: str, told: str
) -> None:
    with pytest.raises(PlanError, match=told):
        AmplifyFewShot(**LINEAR).compile(dspy.Predict(signature), trainset=trainset)


def test_what_the_run_refuses_is_told(trainset: list[Any]) -> None:
    teleprompter = AmplifyFewShot(**{**LINEAR, "proxy": "sklearn/none"}, errors="proxy")
    with pytest.raises(PluginError, match="amplify run: amplify: unknown proxy 'sklearn/none'"):
        teleprompter.compile(dspy.Predict(Judge), trainset=trainset)
