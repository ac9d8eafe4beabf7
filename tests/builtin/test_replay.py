"""The replay provider: exact prompts, items of bound arms alone, faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amplify import Completion, Context, DataError, Failure, PlanError, Prompt, Request
from amplify.builtin.providers.options import ReplayOptions
from amplify.builtin.providers.replay import Replay
from amplify.builtin.providers.transcripts import final_question

LONG = "Which of the two statements is sarcastic, this"


def write(folder: Path, name: str, calls: list[tuple[str, str]]) -> None:
    outputs = [{"input": prompt, "prediction": reply, "target": ""} for prompt, reply in calls]
    (folder / name).write_text(json.dumps({"outputs": outputs}), encoding="utf-8")


def ask(provider: Replay, prompt: str, arm: str = "arm", stop: tuple[str, ...] = ()) -> Any:
    ((index, outcome),) = provider.complete([Request(Prompt("", prompt), arm, "item-1", 10, stop)])
    assert index == 0
    return outcome


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        "a.json",
        [("Do.\n\nQ: one\nA:", "(A)"), (f"Do.\n\nQ: {LONG} or that?\nA:", "(B)")],
    )
    write(tmp_path, "b.json", [("Q: one\nA:", "yes\n\nQ: more")])
    return tmp_path


def test_the_exact_prompt_alone_is_answered(folder: Path, context: Context) -> None:
    provider = Replay(ReplayOptions(paths=("a.json", "b.json"), model="davinci"), context)
    reply = ask(provider, "Do.\n\nQ: one\nA:")
    assert reply == Completion("(A)", "replay:davinci")
    missing = ask(provider, "Do!\n\nQ: one\nA:")
    assert isinstance(missing, Failure)
    assert missing.kind == "unrecorded"
    assert "item-1" in missing.message
    assert ask(provider, "Q: one\nA:", stop=("\n\n",)).text == "yes"
    assert (provider.limit, provider.count_tokens("x")) == (None, None)


def test_requests_keep_their_index(folder: Path, context: Context) -> None:
    provider = Replay(ReplayOptions(paths=("a.json",)), context)
    texts = ["nothing", "Do.\n\nQ: one\nA:", "nothing"]
    requests = [Request(Prompt("", text), "arm", str(i), 10) for i, text in enumerate(texts)]
    kinds = {i: type(outcome) for i, outcome in provider.complete(requests)}
    assert kinds == {0: Failure, 1: Completion, 2: Failure}


def test_items_are_matched_for_bound_arms_alone(folder: Path, context: Context) -> None:
    options = ReplayOptions(paths=("b.json",), match="item", bind={"edited": "a.json"})
    provider = Replay(options, context)
    prompt = "Do it otherwise.\n\nQ: one\nA:"
    assert ask(provider, prompt, "edited") == Completion(
        "(A)", "replay:recorded", note="replayed by item"
    )
    assert isinstance(ask(provider, prompt, "amplify"), Failure)
    assert ask(provider, "Q: one\nA:", "edited").note == ""  # the exact prompt is recorded
    assert isinstance(ask(provider, "Q: two\nA:", "edited"), Failure)


def test_a_question_that_was_cut_off(folder: Path, context: Context) -> None:
    options = ReplayOptions(paths=(), match="item", bind={"arm": "a.json"})
    provider = Replay(options, context)
    found = ask(provider, f"Q: {LONG}\nA:")
    assert (found.text, found.note) == ("(B)", "replayed by item, known by its beginning")
    assert isinstance(ask(provider, f"Q: {LONG[:20]}\nA:"), Failure)  # too short to be sure
    write(folder, "a.json", [(f"Q: {LONG} x\nA:", "(A)"), (f"Q: {LONG} y\nA:", "(B)")])
    assert isinstance(ask(Replay(options, context), f"Q: {LONG}\nA:"), Failure)  # not unique


def test_twins_with_one_reply_are_fine_and_with_two_are_not(
    tmp_path: Path, context: Context
) -> None:
    write(tmp_path, "t.json", [("Q: one\nA:", "x"), ("Q: one\nA:", "x")])
    assert ask(Replay(ReplayOptions(paths=("t.json", "t.json")), context), "Q: one\nA:").text == "x"
    write(tmp_path, "t.json", [("Q: one\nA:", "x"), ("Q: one\nA:", "y")])
    with pytest.raises(DataError, match=r"t\.json, output 0, and .*t\.json, output 1"):
        Replay(ReplayOptions(paths=("t.json",)), context)


def test_identity_changes_with_the_files_content(folder: Path, context: Context) -> None:
    options = ReplayOptions(paths=("a.json",), match="item", bind={"arm": "b.json"})
    first = Replay(options, context).identity
    assert json.loads(json.dumps(first)) == first
    assert Replay(options, context).identity == first
    write(folder, "b.json", [("Q: one\nA:", "no")])
    assert Replay(options, context).identity != first


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"outputs": []}', "holds no recorded reply"),
        ('{"examples": []}', '"outputs"'),
        ('{"outputs": [{"input": "x"}]}', "output 0: needs text"),
        ('{"outputs": ["x"]}', "output 0: needs text"),
        ("", "empty"),
    ],
)
def test_bad_transcripts(tmp_path: Path, context: Context, content: str, said: str) -> None:
    (tmp_path / "t.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        Replay(ReplayOptions(paths=("t.json",)), context)
    assert said in str(caught.value)


def test_binding_needs_match_by_item(folder: Path, context: Context) -> None:
    with pytest.raises(PlanError, match="match by item"):
        Replay(ReplayOptions(paths=("a.json",), bind={"arm": "b.json"}), context)
    with pytest.raises(PlanError, match="no transcript"):
        Replay(ReplayOptions(paths=()), context)


@pytest.mark.parametrize(
    ("prompt", "question"),
    [
        ("Do.\n\nQ: a\nA: x\n\nQ: b\nA:", "b"),
        ("Q: b\nmore\nA: Let's think step by step.", "b\nmore"),
        ("no question", None),
        ("Q: no answer", None),
    ],
)
def test_final_question(prompt: str, question: str | None) -> None:
    assert final_question(prompt) == question
