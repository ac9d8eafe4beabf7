"""MIPROv2 and GEPA as arms: they bring an instruction that the LLM wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.apprentice import WISE, answer, arm_of, run, score_of, write_plan
from known.server import Seen, Server

from amplify import PlanError, ProviderError

OPTIMISERS = {"mipro-v2": "MIPROv2", "gepa": "GEPA"}
BUDGET = ", max_calls = 120"


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_it_finds_the_instruction_that_tells_all(
    folder: Path, server: Server, optimiser: str
) -> None:
    write_plan(folder, optimiser, ", max_calls = 400")
    result = run(folder)
    arm = arm_of(result)
    assert WISE in arm.instruction or len(arm.demonstrations) == 4
    assert (score_of(result, "zero-shot"), score_of(result)) == (0.5, 1.0)
    assert arm.notes[0].startswith(f"{OPTIMISERS[optimiser]} of DSPy")
    journal = (folder / "out/calls.jsonl").read_text().splitlines()
    assert len(server.seen) == len(journal) == result.calls
    system = arm.requests[0].prompt.messages[0]
    assert system.role == "system"
    assert arm.instruction.splitlines()[0] in system.content
    # Anew from what was journaled: the same program, and not one call.
    (folder / "out/prepared.json").unlink()
    again = run(folder, resume=True)
    assert (again.calls, arm_of(again)) == (0, arm)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_max_calls_is_kept(folder: Path, server: Server, optimiser: str) -> None:
    write_plan(folder, optimiser, ", max_calls = 45")
    result = run(folder)
    journal = (folder / "out/calls.jsonl").read_text().splitlines()
    assert sum(json.loads(line)["arm"] == "dspy" for line in journal) <= 45
    assert result.calls <= 45 + 2 * 20


def test_a_budget_that_compares_nothing_is_refused(folder: Path) -> None:
    write_plan(folder, "mipro-v2", ", max_calls = 8")
    with pytest.raises(PlanError, match="max_calls = 8 are used up before MIPROv2 compared any"):
        run(folder)


def test_proposals_that_cannot_be_read_end_the_run(folder: Path, server: Server) -> None:
    def unreadable(seen: Seen) -> str:
        return answer(seen) if "`[[ ## label ## ]]`" in seen.prompt else "well"

    server.answer = unreadable
    write_plan(folder, "mipro-v2", BUDGET)
    with pytest.raises(ProviderError, match="MIPROv2 compiled no program: AdapterParseError"):
        run(folder)
