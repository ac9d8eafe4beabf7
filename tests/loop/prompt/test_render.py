"""The block that all prompts of an arm begin with."""

from __future__ import annotations

import pytest

from amplify import Context, Demonstration, Example, Prompt
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import prompts

ITEMS = [Example(f"t{number}", f"item {number}", "SECRET") for number in range(3)]
SHOWN = tuple(Demonstration(Example(f"d{n}", f"shown {n}", "yes")) for n in range(5))
ARM = Arm("arm", None, None, AnswerOnly(PromptOptions(), Context()), 3, 5, ())


def made(chosen: dict[str, tuple[int, ...]]) -> list[Prompt]:
    return prompts(ARM, PreparedArm("arm", "Do.", SHOWN, chosen=chosen), ITEMS)


def blocks(*numbers: int) -> str:
    return "".join(f"Q: shown {number}\nA: yes\n\n" for number in numbers)


@pytest.mark.parametrize(
    ("chosen", "common"),
    [
        ({"t0": (0, 3, 4), "t1": (1, 3, 4), "t2": (2, 3, 4)}, (4, 3)),
        ({"t0": (0, 3, 4), "t1": (0, 3, 4), "t2": (4,)}, (4,)),
        ({"t0": (0, 1), "t1": (0, 2), "t2": (0, 3)}, ()),
        ({"t0": (0, 4), "t1": (0, 4), "t2": ()}, ()),
        ({}, (0, 1, 2, 3, 4)),
    ],
)
def test_demonstrations_that_all_items_begin_with_stand_in_the_shared_block(
    chosen: dict[str, tuple[int, ...]], common: tuple[int, ...]
) -> None:
    for item, prompt in zip(ITEMS, made(chosen), strict=True):
        assert prompt.shared == "Do.\n\n" + blocks(*common)
        shown = chosen[item.id][::-1] if chosen else common
        assert prompt.text == "Do.\n\n" + blocks(*shown) + f"Q: {item.text}\nA:"
