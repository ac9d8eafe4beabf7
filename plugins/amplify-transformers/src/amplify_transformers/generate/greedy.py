"""Greedy generation for a batch of prompts, each with its own limit and stop strings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import transformers

from amplify_transformers.generate.decoding import PrefixSharing, left_pad, open_rows
from amplify_transformers.models.prefix_cache import Prefix


@dataclass(frozen=True)
class EndTokens:
    """What ends a reply: the ids in `tokens`; `special` are the ids that no text shows."""

    tokens: frozenset[int]
    special: frozenset[int]

    @classmethod
    def of(cls, model: Any, tokenizer: Any) -> EndTokens:
        """All end tokens that the model's generation settings and the tokenizer name."""
        found: set[int] = set()
        for value in (model.generation_config.eos_token_id, tokenizer.eos_token_id):
            if isinstance(value, int):
                found.add(value)
            elif value is not None:
                found.update(int(token) for token in value)
        return cls(frozenset(found), frozenset(tokenizer.all_special_ids))


@dataclass
class PartialReply:
    """A reply in the making: its tokens, its text before the first stop string, how it ended."""

    most: int
    stops: tuple[str, ...]
    ids: list[int] = field(default_factory=list)
    text: str = ""
    ended: str = ""
    seconds: float = 0.0
    _shown: list[int] = field(default_factory=list)

    def take(self, token: int, tokenizer: Any, ends: EndTokens) -> None:
        """Add a token; `ended` is set when it is the last."""
        self.ids.append(token)
        if token not in ends.special:
            self._shown.append(token)
        # An end token may show a stop string too: that of some models is a line's end.
        if self.stops and self._may_stop(tokenizer):
            text = tokenizer.decode(self.ids, skip_special_tokens=True)
            places = [place for stop in self.stops if (place := text.find(stop)) >= 0]
            if places:
                self.text, self.ended = text[: min(places)], "end"
                return
        if token in ends.tokens:
            self.ended = "end"
        elif len(self.ids) >= self.most:
            self.ended = "length"
        if self.ended:
            self.text = tokenizer.decode(self.ids, skip_special_tokens=True)

    def _may_stop(self, tokenizer: Any) -> bool:
        """Whether the end of the reply shows a stop string that has just been completed.

        A shown token has a byte at least, and a character four at most.
        """
        longest = max(map(len, self.stops))
        end = tokenizer.decode(self._shown[-4 * longest - 4 :])
        return any(stop in end for stop in self.stops)


def generate(
    model: Any,
    tokenizer: Any,
    ends: EndTokens,
    way: PrefixSharing,
    prefix: Prefix | None,
    prompts: Sequence[Sequence[int]],
    replies: Sequence[PartialReply],
) -> Iterator[int]:
    """Fill the replies to the prompts (token ids), and yield the index of each as it ends.

    `prefix` is what all of the prompts begin with. A reply's seconds are its share of each step.
    """
    if way is PrefixSharing.WHOLE:
        yield from _one_by_one(model, tokenizer, ends, prompts, replies)
        return
    before = len(prefix.ids) if prefix else 0
    own = [prompt[before:] for prompt in prompts]
    room = max(map(len, own)) + max(reply.most for reply in replies)
    clock = time.perf_counter()
    rows = open_rows(model, way, prefix, len(prompts), room)
    ids, padding = left_pad(own, model.device)
    tokens = rows.feed(ids, padding if bool(padding.any()) else None)[:, -1].argmax(-1)
    at = list(range(len(prompts)))
    """Which prompt stands in which row."""
    while True:
        said = tokens.tolist()
        open_at = [row for row in at if not replies[row].ended]
        now = time.perf_counter()
        share, clock = (now - clock) / len(open_at), now
        for row, token in zip(at, said, strict=True):
            if not replies[row].ended:
                replies[row].seconds += share
                replies[row].take(token, tokenizer, ends)
        yield from (row for row in open_at if replies[row].ended)
        alive = [place for place, row in enumerate(at) if not replies[row].ended]
        if not alive:
            return
        # To leave out rows copies what the others keep, which costs about as much as a step.
        if len(alive) <= 0.8 * len(at):
            rows.keep(alive)
            at = [at[place] for place in alive]
            tokens = tokens[torch.tensor(alive, device=tokens.device)]
        tokens = rows.feed(tokens.unsqueeze(1))[:, -1].argmax(-1)


def _one_by_one(
    model: Any,
    tokenizer: Any,
    ends: EndTokens,
    prompts: Sequence[Sequence[int]],
    replies: Sequence[PartialReply],
) -> Iterator[int]:
    """The model's own `generate`, for caches of another kind."""
    for index, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
        clock = time.perf_counter()
        ids = torch.tensor([list(prompt)], device=model.device)

        def ended(
            found: torch.Tensor, scores: Any, reply: PartialReply = reply, **_: Any
        ) -> torch.Tensor:
            reply.take(int(found[0, -1]), tokenizer, ends)
            return torch.tensor([bool(reply.ended)], device=found.device)

        with torch.inference_mode():
            model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                max_new_tokens=reply.most,
                eos_token_id=sorted(ends.tokens) or None,
                pad_token_id=min(ends.tokens, default=0),
                stopping_criteria=transformers.StoppingCriteriaList([ended]),
            )
        reply.seconds = time.perf_counter() - clock
        yield index
