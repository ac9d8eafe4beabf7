"""BootstrapFewShotWithRandomSearch as an arm: what it finds, what it asks, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import dspy
import pytest
from known.apprentice import arm_of, run, score_of, word_of, write_plan
from known.server import Server, in_turn

from amplify import ProviderError
from amplify.run.engine.stop_reason import RunStopped

FEW = ", candidates = 5"


def test_it_finds_demonstrations_that_teach_every_word(folder: Path, server: Server) -> None:
    write_plan(folder, "random-search", FEW)
    result = run(folder)
    arm = arm_of(result)
    assert {word_of(shown.example.text) for shown in arm.demonstrations} == {
        "splendid", "superb", "dreadful", "dismal",
    }  # fmt: skip
    assert (score_of(result, "zero-shot"), score_of(result)) == (0.5, 1.0)
    assert arm.instruction == "Answer with one of: bad, good."
    # Every call is one of the run's: in its journal, and made once.
    journal = (folder / "out/calls.jsonl").read_text().splitlines()
    assert len(server.seen) == len(journal) == result.calls
    compiling = sum(json.loads(line)["arm"] == "dspy" for line in journal)
    assert compiling == result.calls - 2 * 20
    assert f"compiled it by {compiling} calls, on 10 pool items" in arm.notes[0]
    assert len(arm.notes) == 1


def test_the_prompts_are_those_of_dspys_adapter(folder: Path) -> None:
    write_plan(folder, "random-search", ", candidates = 1", ", reasoning = false")
    result = run(folder)
    arm = arm_of(result)
    signature = dspy.Signature("text -> label: Literal['bad', 'good']", arm.instruction)
    demos = [{"text": d.example.text, "label": d.example.label} for d in arm.demonstrations]
    text = result.task.test[0].text
    wanted = dspy.ChatAdapter().format(signature, demos, {"text": text})
    turns = arm.requests[0].prompt.messages
    assert [{"role": turn.role, "content": turn.content} for turn in turns] == wanted
    assert len(wanted) == 1 + 2 * len(demos) + 1


def test_a_resumed_run_compiles_the_same_program_without_a_call(
    folder: Path, server: Server
) -> None:
    write_plan(folder, "random-search", FEW)
    first = run(folder)
    seen = len(server.seen)
    (folder / "out/prepared.json").unlink()
    again = run(folder, resume=True)
    assert (again.calls, len(server.seen)) == (0, seen)
    assert arm_of(again) == arm_of(first)


def test_a_cap_of_the_run_ends_it_and_raising_the_cap_goes_on(folder: Path, server: Server) -> None:
    write_plan(folder, "random-search", FEW)
    whole = run(folder, out="whole")
    seen = len(server.seen)
    with pytest.raises(RunStopped, match="stopped by --max-calls: 37 calls were made"):
        run(folder, calls={"max_calls": 37})
    assert len(server.seen) == seen + 37
    rest = run(folder, resume=True, calls={"max_calls": 10_000})
    assert len(server.seen) == seen + whole.calls
    assert arm_of(rest) == arm_of(whole)


def test_max_calls_ends_the_search_with_the_best_until_then(folder: Path) -> None:
    write_plan(folder, "random-search", f"{FEW}, max_calls = 25")
    result = run(folder)
    arm = arm_of(result)
    assert result.calls <= 25 + 2 * 20
    assert "compiled it by 25 calls" in arm.notes[0]
    assert "max_calls = 25 ended BootstrapFewShotWithRandomSearch" in arm.notes[1]
    # Zero-shot and the labels alone were compared in full; nothing after them was.
    assert len(arm.demonstrations) in (0, 4)


def test_seeds_draw_other_programs_and_equal_seeds_the_same(folder: Path) -> None:
    write_plan(folder, "random-search", ", candidates = 1")
    texts = [
        [shown.example.id for shown in arm_of(run(folder, out=out, seed=seed)).demonstrations]
        for out, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert texts[0] == texts[1] != texts[2]


def test_dspy_writes_nothing_on_the_console_and_keeps_nothing(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder / "home"))
    write_plan(folder, "random-search", ", candidates = 1")
    run(folder)
    assert capfd.readouterr() == ("", "")
    assert not (folder / "home").exists()
    assert dspy.settings.lm is None


def test_a_failed_call_ends_the_compilation(folder: Path, server: Server) -> None:
    write_plan(folder, "random-search", FEW)
    server.faults = in_turn(*[None] * 15, "400")
    with pytest.raises(ProviderError, match=r"the LLM gave no reply on reviews-.*HTTP 400"):
        run(folder)
    assert len(server.seen) <= 16 + 10  # none after those that were asked together
    again = run(folder, resume=True)
    assert score_of(again) == 1.0
