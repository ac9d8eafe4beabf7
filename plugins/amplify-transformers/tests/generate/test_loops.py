"""A reply that repeats itself is cut, and says so; no other reply changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from amplify_transformers.generate.partial_reply import loops
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
ITEMS = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]


def replies(folder: str, shared: str = SHARED, **options: object) -> list[Completion]:
    local = LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword
    asked = [Request(Prompt(shared, item), "arm", item, 120) for item in ITEMS]
    outcomes = dict(local.complete(asked))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index] for index in range(len(asked))]  # type: ignore[misc]  # asserted above


@pytest.mark.parametrize("kind", ["llama", "qwen3-next", "mamba2"])
def test_a_reply_is_cut_where_it_repeats_itself(make: Callable[..., str], kind: str) -> None:
    folder = make(kind, "causal")
    cut = replies(folder)
    for whole, reply in zip(replies(folder, loops="keep"), cut, strict=True):
        assert whole.stop in ("end", "length")
        assert whole.text.startswith(reply.text.rstrip("\ufffd"))  # half a character at the end
        if reply.stop != "loop":
            assert reply == whole or reply.text == whole.text
            continue
        assert whole.stop == "length"
        assert reply.note.endswith("repeat themselves, and were cut there")
        assert (reply.usage.output or 0) < 120
    assert any(reply.stop == "loop" for reply in cut)


def test_an_identity_says_that_loops_are_cut(make: Callable[..., str]) -> None:
    """Replies that were kept whole are those of runs from before there was a choice."""
    folder = make("llama", "causal")
    cut, keep = (
        LocalProvider(LocalOptions(model=folder, loops=loops), Context(device="cpu")).identity
        for loops in ("cut", "keep")
    )
    assert list(keep) == ["provider", "model", "files", "dtype", "chat"]
    assert cut == {**keep, "loops": "cut"}


@pytest.mark.parametrize(
    ("ids", "repeats"),
    [
        ([5] * 16, True),
        ([5] * 15, False),
        ([9, 1, 2, 3] + [7, 8] * 8, True),
        ([7, 8] * 7 + [7], False),
        ([7, 8] * 8 + [9], False),
        (list(range(16)) * 5, True),
        (list(range(16)) * 4, False),
        (list(range(16)) * 4 + list(range(1, 16)), False),
        (list(range(17)) * 6, False),
        (list(range(100)), False),
        ([], False),
        ([2, 0, 1, 3, 9, 8] * 4, False),  # "2013, 2013, …", which ended by itself
    ],
)
def test_what_a_loop_is(ids: list[int], repeats: bool) -> None:
    assert loops(ids) is repeats
