"""The calls that a race keeps back for its test."""

from __future__ import annotations

from pathlib import Path

from known.web import Web

from amplify import Context, Prompt, Request
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.contract.progress import silent
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.run.engine.engine import Engine
from amplify.run.plan.sections import CallsSection
from amplify.run.store.journal import Journal
from amplify.run.tune.allowance import Allowance
from amplify.run.tune.contenders import Contender

ITEMS = 10


def contender(name: str, shown: str, times: int = 1) -> Contender:
    """A contender whose prompts show this text, and which asks each of its items so often."""
    arm = Arm(name, None, None, AnswerOnly(PromptOptions(), Context()), 0, 0, ())
    requests = tuple(Request(Prompt(shown, f"item {n}"), name, str(n), 8) for n in range(ITEMS))
    return Contender(arm, PreparedArm(name, "", requests=requests), ((),) * times, (), name, 0)


def kept(tmp_path: Path, tested: Contender, *surviving: Contender) -> int | None:
    settings = CallsSection(max_calls=100)
    with (
        Journal(tmp_path / "calls.jsonl") as journal,
        Engine(Web("http://localhost:1/v1"), journal, silent, settings) as engine,
    ):
        left = Allowance(engine, [tested]).calls([*surviving, tested], [])
        return None if left is None else 100 - left


def test_calls_are_kept_for_the_survivor_whose_test_adds_most(tmp_path: Path) -> None:
    """One that asks what the baseline asks adds nothing, however long its prompts are."""
    baseline = contender("answer-only", "many long demonstrations")
    same = contender("answer-only calibrated", "many long demonstrations")
    other = contender("zero-shot", "")
    assert kept(tmp_path, baseline, same) == ITEMS
    assert kept(tmp_path, baseline, same, other) == 2 * ITEMS


def test_calls_are_kept_for_all_repeats(tmp_path: Path) -> None:
    baseline = contender("answer-only", "many long demonstrations", times=3)
    other = contender("zero-shot", "", times=2)
    assert kept(tmp_path, baseline, other) == (3 + 2) * ITEMS
