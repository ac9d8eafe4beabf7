"""Prompts with a shared block: no token changes, and the block is run once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.generate import cascade_rows
from amplify_transformers.generate.prefix_sharing import UNSHARED
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
ITEMS = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]
KINDS = ["llama", "gpt2", "bloom", "gemma3", "mistral", "qwen3-next", "mamba2"]

Shapes = list[tuple[int, ...]]


def provider(folder: str, **options: object) -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword


def requests(shared: str = SHARED, items: list[str] = ITEMS) -> list[Request]:
    return [Request(Prompt(shared, item), "arm", item, 12) for item in items]


def complete(local: LocalProvider, asked: list[Request]) -> list[Completion]:
    outcomes = dict(local.complete(asked))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index] for index in range(len(asked))]  # type: ignore[misc]  # asserted above


def generated(folder: str) -> list[str]:
    """The replies of transformers' `generate` to whole prompts, one by one."""
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    replies = []
    for item in ITEMS:
        ids = tokenizer(SHARED + item, return_tensors="pt")["input_ids"]
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=12,
            pad_token_id=0,
        )
        replies.append(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
    return replies


def test_prompts_that_run_part_by_part_change_no_token(
    make: Callable[..., str], monkeypatch: pytest.MonkeyPatch, embedded: Shapes
) -> None:
    monkeypatch.setattr(cascade_rows, "PASS_TOKENS", 40)
    folder = make("llama", "causal")
    replies = complete(provider(folder, batch_size=64), requests(items=ITEMS * 3))
    assert [reply.text for reply in replies] == generated(folder) * 3
    # Nine prompts, two or one at a time; then a token of each in one pass.
    passes = [count for count, tokens in embedded if 1 < tokens <= 40]
    assert 9 not in passes
    assert (9, 1) in embedded


def test_long_replies_beside_a_long_prompt_leave_no_row_without_a_position(
    make: Callable[..., str],
) -> None:
    local = provider(make("gpt2", "causal"), loops="keep")
    long = ITEMS[0]
    while local.count_tokens(SHARED + "so " + long) + 2 <= (local.limit or 0):
        long = "so " + long
    asked = [
        Request(Prompt(SHARED, item), "arm", item, max_tokens)
        for item, max_tokens in [(long, 2), *[(ITEMS[0], 40)] * 9]
    ]
    assert [reply.usage.output for reply in complete(local, asked)] == [2] + [40] * 9


@pytest.mark.parametrize("kind", KINDS)
def test_sharing_changes_no_token(make: Callable[..., str], kind: str) -> None:
    folder = make(kind, "causal")
    replies = complete(provider(folder), requests())
    assert [reply.text for reply in replies] == generated(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_replies_say_whether_the_block_was_shared(make: Callable[..., str], kind: str) -> None:
    for reply in complete(provider(make(kind, "causal")), requests()):
        assert reply.note == (UNSHARED if kind == "mamba2" else "")
        assert bool(reply.usage.cached) == (kind != "mamba2")


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_bfloat16_shares_the_block_too(make: Callable[..., str], kind: str) -> None:
    local = provider(make(kind, "causal"), dtype="bfloat16")
    assert local.identity["dtype"] == "bfloat16"
    assert all(reply.usage.cached and reply.usage.output for reply in complete(local, requests()))


def test_a_prefix_is_never_written_into(make: Callable[..., str]) -> None:
    local = provider(make("llama", "causal"))
    first = complete(local, requests())
    again = complete(local, requests()[::-1])
    assert [reply.text for reply in again[::-1]] == [reply.text for reply in first]


def ran_the_block(embedded: Shapes, local: LocalProvider, shared: str) -> bool:
    """Whether the model runs the shared block, or all prompts' tokens but those of the block."""
    del embedded[:]
    block = complete(local, requests(shared))[0].usage.cached
    assert block
    return max(tokens for _, tokens in embedded) >= block


def test_a_block_is_run_once_between_calls(make: Callable[..., str], embedded: Shapes) -> None:
    local = provider(make("llama", "causal"))
    other = SHARED.replace("house", "table")
    assert [ran_the_block(embedded, local, s) for s in (SHARED, other, SHARED, other)] == [
        True,
        True,
        False,
        False,
    ]


def test_a_block_for_which_there_is_no_room_is_run_again(
    make: Callable[..., str], embedded: Shapes
) -> None:
    local = provider(make("llama", "causal"), memory=1)
    # A quarter of a MiB is kept: 1,024 tokens of this model.
    long = SHARED * 6
    other = long.replace("house", "table")
    assert [ran_the_block(embedded, local, s) for s in (long, long, other, long)] == [
        True,
        False,
        True,
        True,
    ]


def test_a_long_block_that_begins_like_a_kept_one_is_shared_as_a_whole(
    make: Callable[..., str],
) -> None:
    local = provider(make("llama", "causal"))
    short = complete(local, requests(SHARED[: len(SHARED) // 3], ITEMS[:1]))[0].usage.cached
    whole = complete(local, requests(SHARED, ITEMS[:1]))[0].usage.cached
    assert whole > 2 * short  # type: ignore[operator]  # both are numbers
    assert complete(local, requests(SHARED, ITEMS[1:2]))[0].usage.cached == whole
