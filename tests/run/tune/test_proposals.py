"""The instruction of a reply to the question for one."""

from __future__ import annotations

import pytest

from amplify.run.tune.proposals import LONGEST, read_proposal


@pytest.mark.parametrize(
    ("reply", "instruction"),
    [
        (" Say what the writer feels.", "Say what the writer feels."),
        ('"Say what the writer\nfeels."\n\nI hope that this helps!', "Say what the writer feels."),
        ("Instruction: Decide whether it is 'cold'.", "Decide whether it is 'cold'."),
        (" \n\n ", ""),
        ("", ""),
        ("word " * 400, ("word " * 400)[:LONGEST].rstrip()),
    ],
)
def test_an_instruction_is_the_first_paragraph_of_a_reply(reply: str, instruction: str) -> None:
    assert read_proposal(reply) == instruction
