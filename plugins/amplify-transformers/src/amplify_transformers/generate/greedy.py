"""Greedy generation for a batch of prompts, each with its own limit and stop strings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import transformers

from amplify_transformers.generate.decoding import DecodingRows, SharingMode, left_pad, open_rows
from amplify_transformers.generate.partial_reply import EndTokens, PartialReply
from amplify_transformers.generate.prefix_sharing import Sharing

OnLeaving = Callable[[DecodingRows | None, Sequence[tuple[int, int]], bool], Sequence[int]]
"""Called with rows, with the row and the prompt of each reply that has ended, and with whether
these are the last; with no rows where the model's cache cannot be used. It returns the prompts, of
these and of earlier calls, that are done with."""


def generate_greedily(
    model: Any,
    tokenizer: Any,
    ends: EndTokens,
    sharing: Sharing,
    prompts: Sequence[Sequence[int]],
    replies: Sequence[PartialReply],
    on_leaving: OnLeaving | None = None,
) -> Iterator[int]:
    """Fill the replies to the prompts (token ids), and yield the index of each as it ends.

    All prompts begin with the prefix of `sharing`. A reply's seconds are its share of each step.
    `on_leaving` is called before rows are given up; with it a reply is yielded when that says so.
    Where rows cannot be cropped it is called at once, and else when the next rows are left out.
    """
    if sharing.mode is SharingMode.WHOLE:
        for index in _one_by_one(model, tokenizer, ends, prompts, replies):
            yield from on_leaving(None, [(0, index)], True) if on_leaving else (index,)
        return
    suffixes = [prompt[sharing.cached :] for prompt in prompts]
    capacity = max(map(len, suffixes)) + max(reply.max_tokens for reply in replies)
    clock = time.perf_counter()
    rows = open_rows(model, sharing.mode, sharing.prefix, len(prompts), capacity)
    ids, padding = left_pad(suffixes, model.device)
    tokens = rows.feed(ids, padding if bool(padding.any()) else None)[:, -1].argmax(-1)
    prompt_of_row = list(range(len(prompts)))
    waiting = set(prompt_of_row)
    while True:
        running = [prompt for prompt in prompt_of_row if not replies[prompt].ended]
        new_tokens = tokens.tolist()
        now = time.perf_counter()
        share, clock = (now - clock) / len(running), now
        for prompt, token in zip(prompt_of_row, new_tokens, strict=True):
            if not replies[prompt].ended:
                replies[prompt].seconds += share
                replies[prompt].add(token, tokenizer, ends)
        alive = [row for row, prompt in enumerate(prompt_of_row) if not replies[prompt].ended]
        # To leave out rows copies what the others keep, which costs about as much as a step.
        leave_out = len(alive) <= 0.8 * len(prompt_of_row)
        leaving = [
            (row, prompt)
            for row, prompt in enumerate(prompt_of_row)
            if replies[prompt].ended and prompt in waiting
        ]
        if leaving and (leave_out or not on_leaving or not rows.crops):
            waiting.difference_update(prompt for _, prompt in leaving)
            if on_leaving:
                yield from on_leaving(rows, leaving, not alive)
                clock = time.perf_counter()
            else:
                yield from (prompt for _, prompt in leaving)
        if not alive:
            return
        if leave_out:
            rows.keep(alive)
            prompt_of_row = [prompt_of_row[row] for row in alive]
            tokens = tokens[torch.tensor(alive, device=tokens.device)]
        tokens = rows.feed(tokens.unsqueeze(1))[:, -1].argmax(-1)


def _one_by_one(
    model: Any,
    tokenizer: Any,
    ends: EndTokens,
    prompts: Sequence[Sequence[int]],
    replies: Sequence[PartialReply],
) -> Iterator[int]:
    """transformers' `generate` for each prompt, for models whose cache cannot be shared."""
    for index, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
        clock = time.perf_counter()
        ids = torch.tensor([list(prompt)], device=model.device)

        def has_ended(
            ids: torch.Tensor, scores: Any, reply: PartialReply = reply, **_: Any
        ) -> torch.Tensor:
            reply.add(int(ids[0, -1]), tokenizer, ends)
            return torch.tensor([bool(reply.ended)], device=ids.device)

        with torch.inference_mode():
            model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                max_new_tokens=reply.max_tokens,
                eos_token_id=sorted(ends.ids) or None,
                pad_token_id=min(ends.ids, default=0),
                stopping_criteria=transformers.StoppingCriteriaList([has_ended]),
            )
        reply.seconds = time.perf_counter() - clock
        yield index
