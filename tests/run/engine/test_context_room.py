"""Which prompts are counted, to know that all of an arm's fit the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from amplify import (
    AsyncProvider,
    Completion,
    Context,
    Example,
    MostTokens,
    Request,
    SyncProvider,
)
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.contract.errors import PlanError
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.run.engine.context_room import ModelRoom


class Spelling(SyncProvider):
    """A model of 60 tokens: each word of one letter is a token, and each longer word is one too."""

    limit = 60
    counted = 0

    def count_tokens(self, text: str) -> int:
        self.counted += len(text)
        return len(text.split())

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion]]:
        raise AssertionError("nobody asks")


ARM = Arm("arm", None, None, AnswerOnly(PromptOptions(max_tokens=10), Context()), 0, 5, ())
LONG = [Example(f"long{n}", f"{'x' * 200} {n}", "a") for n in range(20)]
"""Many characters, few tokens."""


def requests(items: Sequence[Example]) -> list[Request]:
    return render(ARM, PreparedArm("arm", "Do."), items, ("a",))


def test_an_item_of_few_characters_and_many_tokens_is_counted() -> None:
    room = ModelRoom(Spelling())
    assert room.fits(requests(LONG))
    short = Example("short", " ".join("abcdefghijklmnopqrstuvwxyz" * 2), "a")
    assert len(short.text) < len(LONG[0].text)
    assert not room.fits(requests([*LONG, short]))
    with pytest.raises(PlanError, match=r"needs 65 tokens, 10 for the\s+reply included"):
        room.require("arm", requests([*LONG, short]))


def test_a_great_many_items_are_not_all_counted() -> None:
    items = [Example(f"i{n}", f"{'y' * 5_000} {n}", "a") for n in range(2_000)]
    model = Spelling()
    assert ModelRoom(model).fits(requests(items))
    assert model.counted < 1_100_000


class Twice(AsyncProvider):
    """A service of 60 tokens that makes two calls for a label behind a rationale."""

    limit = 60

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def most_tokens(self, request: Request) -> MostTokens:
        calls = 2 if request.writes_first else 1
        return MostTokens(25 * calls, request.max_tokens * calls)


def test_two_calls_of_a_service_need_not_fit_together() -> None:
    (asked,) = requests(LONG[:1])
    asked = replace(asked, labels=(" a", " b"), writes_first=True)
    assert Twice().most_tokens(asked).input + Twice().most_tokens(asked).output == 70
    assert ModelRoom(Twice()).fits([asked])
