"""A reply in the making: which token ends it, and its text before the first stop string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_CYCLE = 16
"""The most tokens that are looked for as what a reply repeats."""

LEAST_CYCLES, LEAST_REPEATED = 5, 16
"""So many times at least, and so many tokens in all, must a reply end with the same."""


def loops(ids: Sequence[int]) -> bool:
    """Whether token ids end with the same few tokens so often that they repeat them to the end."""
    for cycle in range(1, LONGEST_CYCLE + 1):
        repeated = max(LEAST_CYCLES * cycle, LEAST_REPEATED)
        if len(ids) < repeated:
            return False
        if ids[-1] == ids[-1 - cycle] and ids[-repeated:-cycle] == ids[cycle - repeated :]:
            return True
    return False


@dataclass(frozen=True)
class EndTokens:
    """The ids that end a reply, and the `special` ids that its text does not show.

    `shown` keeps what was found of other tokens: the text that a token adds to a reply.
    """

    ids: frozenset[int]
    special: frozenset[int]
    shown: dict[int, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, model: Any, tokenizer: Any) -> EndTokens:
        """All end tokens that the model's generation settings and the tokenizer name."""
        ids: set[int] = set()
        for value in (model.generation_config.eos_token_id, tokenizer.eos_token_id):
            if isinstance(value, int):
                ids.add(value)
            elif value is not None:
                ids.update(int(token) for token in value)
        return cls(frozenset(ids), frozenset(tokenizer.all_special_ids))

    def may_add(self, characters: str, token: int, tokenizer: Any) -> bool:
        """Whether a token may add one of the characters to a reply's text.

        It stands twice in the text that is looked at, as the space in front of the first token of a
        text is not shown. A character that is spread over tokens shows as U+FFFD in each of them.
        """
        if tokenizer.clean_up_tokenization_spaces:
            return True
        if token not in self.shown:
            self.shown[token] = tokenizer.decode([token, token])
        shown = self.shown[token]
        return "\ufffd" in shown or any(character in shown for character in characters)


@dataclass
class PartialReply:
    """A reply's tokens so far, at most `max_tokens`; its `text` and how it `ended` come at the end.

    With `cuts_loops` a reply that repeats itself ends there.

    Stop strings are looked for in the reply's text. transformers' `StopStringCriteria` compares the
    strings of tokens instead, and is not the same: it refuses a stop string that the vocabulary
    cannot spell, counts special tokens as text, stops where a prompt's end and the reply spell the
    string together, and takes one list for all rows of a batch.
    """

    max_tokens: int
    stops: tuple[str, ...]
    cuts_loops: bool = False
    ids: list[int] = field(default_factory=list)
    text: str = ""
    ended: str = ""
    seconds: float = 0.0
    _visible: list[int] = field(default_factory=list)

    def add(self, token: int, tokenizer: Any, ends: EndTokens) -> None:
        """Add a token; `ended` is set when it is the last."""
        self.ids.append(token)
        if token not in ends.special:
            self._visible.append(token)
        # An end token may show a stop string too: that of some models is a line's end.
        if self.stops and self._may_stop(tokenizer, ends):
            text = tokenizer.decode(self.ids, skip_special_tokens=True)
            starts = [start for stop in self.stops if (start := text.find(stop)) >= 0]
            if starts:
                self.text, self.ended = text[: min(starts)], "end"
                return
        if token in ends.ids:
            self.ended = "end"
        elif len(self.ids) >= self.max_tokens:
            self.ended = "length"
        elif self.cuts_loops and loops(self.ids):
            self.ended = "loop"
        if self.ended:
            self.text = tokenizer.decode(self.ids, skip_special_tokens=True)

    def _may_stop(self, tokenizer: Any, ends: EndTokens) -> bool:
        """Whether the end of the reply shows a stop string that has just been completed.

        A visible token has a byte at least, and a character four at most.
        """
        if not ends.may_add("".join(stop[-1] for stop in self.stops), self.ids[-1], tokenizer):
            return False
        longest = max(map(len, self.stops))
        end = tokenizer.decode(self._visible[-4 * longest - 4 :])
        return any(stop in end for stop in self.stops)
