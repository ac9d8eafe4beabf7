"""CommonsenseQA and coin flip, published and generated."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from amplify import Context, DataError, PlanError
from amplify.builtin.tasks.coin_flip import CoinFlip
from amplify.builtin.tasks.commonsense_qa import CommonsenseQA
from amplify.builtin.tasks.options import CoinFlipOptions, CommonsenseQAOptions

ITEM = {
    "answerKey": "B",
    "id": "q1",
    "question": {
        "stem": "Where is it?",
        "choices": [{"label": "A", "text": "here"}, {"label": "B", "text": "over there"}],
    },
}


def test_commonsense_qa_lists_its_choices(context: Context, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(json.dumps(ITEM) + "\n", encoding="utf-8")
    made = CommonsenseQA(CommonsenseQAOptions(path="train.jsonl"), context).load()
    (example,) = made.examples
    assert example.text == "Where is it?\nAnswer Choices:\n(A) here\n(B) over there"
    assert (example.id, example.label, made.labels) == ("q1", "(B)", ("(A)", "(B)"))
    assert [example.text[o.start : o.end] for o in example.options] == ["here", "over there"]
    assert example.question is not None
    assert example.text[slice(*example.question)] == "Where is it?"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({**ITEM, "answerKey": None}, "the published test file has no answers"),
        ({"question": {"stem": "x"}}, "no item of CommonsenseQA"),
        ([], "no item of CommonsenseQA"),
    ],
)
def test_commonsense_qa_names_the_line(
    context: Context, tmp_path: Path, line: object, said: str
) -> None:
    text = json.dumps(ITEM) + "\n" + json.dumps(line) + "\n"
    (tmp_path / "train.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"train\.jsonl:2") as caught:
        CommonsenseQA(CommonsenseQAOptions(path="train.jsonl"), context).load()
    assert said in str(caught.value)


def test_commonsense_qa_as_published(data: Path) -> None:
    options = CommonsenseQAOptions(test="commonsense_qa/dev_rand_split.jsonl")
    made = CommonsenseQA(options, Context(paths=(data,))).load()
    assert (len(made.examples), len(made.test)) == (9741, 1221)
    assert made.labels == ("(A)", "(B)", "(C)", "(D)", "(E)")
    assert made.source["test"]["items"] == 1221


def test_coin_flip_as_published(data: Path) -> None:
    options = CoinFlipOptions(path="coin_flip/coin_flip.json")
    made = CoinFlip(options, Context(paths=(data,))).load()
    assert (len(made.examples), made.labels, made.notes) == (500, ("yes", "no"), ())
    for example in made.examples:
        assert example.label == answer(example.text)


def answer(text: str) -> str:
    """The coin's side, found by flipping it."""
    acts = text.split("heads up. ", 1)[1].split(". Is the coin")[0].split(". ")
    flips = [act for act in acts if " flips " in act]
    assert all(" flips the coin" in act or " does not flip the coin" in act for act in acts)
    return "no" if len(flips) % 2 else "yes"


@pytest.mark.parametrize("people", [1, 2, 4, 7])
def test_generated_coins(people: int) -> None:
    made = CoinFlip(CoinFlipOptions(items=40, flips=people), Context(seed=3)).load()
    assert len({e.text for e in made.examples}) == 40
    assert all(e.label == answer(e.text) for e in made.examples)
    assert sum(e.label == "yes" for e in made.examples) == 20
    assert all(e.text.count(" the coin.") == people for e in made.examples)


def test_a_seed_generates_the_same_on_every_python() -> None:
    made = CoinFlip(CoinFlipOptions(items=50), Context(seed=7)).load()
    text = "\n".join(e.text for e in made.examples)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "077c9994d3d8c0b4"
    other = CoinFlip(CoinFlipOptions(items=50), Context(seed=8)).load()
    assert {e.text for e in made.examples} != {e.text for e in other.examples}


@pytest.mark.parametrize(("items", "flips"), [(1, 4), (10**9, 4), (41, 1), (10, 0), (10, 11)])
def test_what_cannot_be_generated(items: int, flips: int) -> None:
    with pytest.raises(PlanError, match="task coin-flip"):
        CoinFlip(CoinFlipOptions(items=items, flips=flips), Context()).load()
