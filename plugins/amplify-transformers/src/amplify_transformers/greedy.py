"""Greedy generation for a batch of prompts, each with its own limit and stop strings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import transformers

from amplify_transformers.prefix import Prefix, forward, left_pad


@dataclass
class Reply:
    """A reply in the making: its tokens, its text before the first stop string, how it ended."""

    most: int
    stops: tuple[str, ...]
    ids: list[int] = field(default_factory=list)
    text: str = ""
    ended: str = ""

    def take(self, token: int, tokenizer: Any, ends: Collection[int]) -> None:
        """Add a token; `ended` is set when it is the last."""
        self.ids.append(token)
        if token in ends:
            self.ended = "end"
        elif self.stops:
            text = tokenizer.decode(self.ids, skip_special_tokens=True)
            places = [place for stop in self.stops if (place := text.find(stop)) >= 0]
            if places:
                self.text, self.ended = text[: min(places)], "end"
                return
        if not self.ended and len(self.ids) >= self.most:
            self.ended = "length"
        if self.ended:
            self.text = tokenizer.decode(self.ids, skip_special_tokens=True)


def end_tokens(model: Any, tokenizer: Any) -> set[int]:
    """The ids that end a reply: all that the model's generation settings and tokenizer name."""
    found: set[int] = set()
    for value in (model.generation_config.eos_token_id, tokenizer.eos_token_id):
        if isinstance(value, int):
            found.add(value)
        elif value is not None:
            found.update(int(token) for token in value)
    return found


def generate(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[Sequence[int]],
    replies: Sequence[Reply],
    prefix: Prefix | None,
) -> None:
    """Fill the replies to the prompts (token ids); `prefix` is what all of them begin with."""
    before = len(prefix.ids) if prefix else 0
    cache = (
        prefix.copies(len(prompts)) if prefix else transformers.DynamicCache(config=model.config)
    )
    ends = end_tokens(model, tokenizer)
    open_rows = list(range(len(prompts)))
    ids, mask = left_pad([prompt[before:] for prompt in prompts], before, model.device)
    with torch.inference_mode():
        while True:
            tokens = forward(model, ids, mask, cache).argmax(-1)
            for row, token in zip(open_rows, tokens.tolist(), strict=True):
                if not replies[row].ended:
                    replies[row].take(token, tokenizer, ends)
            alive = [at for at, row in enumerate(open_rows) if not replies[row].ended]
            if not alive:
                return
            # Copying the cache costs about as much as a step: only worth it for half the rows.
            if len(alive) * 2 <= len(open_rows):
                kept = torch.tensor(alive, device=model.device)
                cache.batch_select_indices(kept)
                tokens, mask = tokens[kept], mask[kept]
                open_rows = [open_rows[at] for at in alive]
            ids = tokens.unsqueeze(1)
            mask = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)


def generate_plainly(
    model: Any, tokenizer: Any, prompts: Sequence[Sequence[int]], replies: Sequence[Reply]
) -> None:
    """Fill the replies one by one with the model's own `generate`, for caches of another kind."""
    ends = end_tokens(model, tokenizer)
    for prompt, reply in zip(prompts, replies, strict=True):
        ids = torch.tensor([list(prompt)], device=model.device)
        with torch.inference_mode():
            out = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                max_new_tokens=reply.most,
                eos_token_id=sorted(ends) or None,
                pad_token_id=min(ends, default=0),
                tokenizer=tokenizer,
                stop_strings=list(reply.stops) or None,
            )
        for token in out[0, len(prompt) :].tolist():
            if not reply.ended:
                reply.take(token, tokenizer, ends)
