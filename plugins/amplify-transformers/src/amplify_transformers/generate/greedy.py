"""Greedy generation for a batch of prompts, each with its own limit and stop strings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import transformers

from amplify_transformers.generate.decoding import SharingMode, left_pad
from amplify_transformers.generate.open_rows import open_rows
from amplify_transformers.generate.partial_reply import EndTokens, PartialReply
from amplify_transformers.generate.prefix_sharing import Sharing
from amplify_transformers.generate.written_ranking import WrittenRanking


def generate_greedily(
    model: Any,
    tokenizer: Any,
    ends: EndTokens,
    sharing: Sharing,
    prompts: Sequence[Sequence[int]],
    replies: Sequence[PartialReply],
    ranking: WrittenRanking | None = None,
) -> Iterator[int]:
    """Fill the replies to the prompts (token ids), and yield the index of each as it ends.

    All prompts begin with the prefix of `sharing`. A reply's seconds are its share of each step.
    With a `ranking` a reply is yielded when its labels are ranked: its row goes on with what that
    says, beside those that still write.
    """
    if sharing.mode is SharingMode.WHOLE:
        for index in _one_by_one(model, tokenizer, ends, prompts, replies):
            if ranking:
                ranking.begin(None, 0, index)
                ranking.leave(None, [(0, index)], last=True)
            yield index
        return
    suffixes = [prompt[sharing.cached :] for prompt in prompts]
    capacity = max(map(len, suffixes)) + max(reply.max_tokens for reply in replies)
    clock = time.perf_counter()
    rows = open_rows(model, sharing.mode, sharing.prefix, len(prompts), capacity)
    ids, padding = left_pad(suffixes, model.device)
    logits = rows.feed(ids, padding if bool(padding.any()) else None)[:, -1]
    prompt_of_row = list(range(len(prompts)))
    present = set(prompt_of_row)
    while True:
        tokens = likeliest(logits)
        now = time.perf_counter()
        share, clock = (now - clock) / len(present), now
        leaving = []
        for row, prompt in enumerate(prompt_of_row):
            if prompt not in present:
                continue
            reply = replies[prompt]
            reply.seconds += share
            token: int | None = tokens[row]
            if not reply.ended:
                reply.add(tokens[row], tokenizer, ends)
                if reply.ended:
                    token = ranking.begin(rows, row, prompt) if ranking else None
            elif ranking:
                token = ranking.step(prompt, logits[row])
            if token is None:
                leaving.append((row, prompt))
            else:
                tokens[row] = token
        last = all(replies[prompt].ended for prompt in present)
        if last:
            leaving = [(row, p) for row, p in enumerate(prompt_of_row) if p in present]
        if leaving:
            present.difference_update(prompt for _, prompt in leaving)
            start = time.perf_counter()
            yield from ranking.leave(rows, leaving, last) if ranking else (p for _, p in leaving)
            clock += time.perf_counter() - start
        if last:
            return
        alive = [row for row, prompt in enumerate(prompt_of_row) if prompt in present]
        # To leave out rows copies what the others keep, which costs about as much as a step.
        if len(alive) <= 0.8 * len(prompt_of_row):
            rows.keep(alive)
            prompt_of_row = [prompt_of_row[row] for row in alive]
            tokens = [tokens[row] for row in alive]
        logits = rows.feed(torch.tensor(tokens, device=model.device).unsqueeze(1))[:, -1]


def likeliest(logits: torch.Tensor) -> list[int]:
    """The likeliest token of each row of `logits` [rows, vocabulary], the first of equal ones."""
    if logits.device.type == "cpu" and logits.dtype == torch.float32:
        # numpy compares many at a time: six times as fast as torch, or more.
        return [int(token) for token in logits.numpy().argmax(-1).tolist()]
    return [int(token) for token in logits.argmax(-1).tolist()]


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
