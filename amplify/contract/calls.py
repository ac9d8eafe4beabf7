"""What goes to an LLM and what comes back: prompts, requests, replies, failures."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

AnswerMode = Literal["write", "rank", "complete"]
"""How the LLM answers: it writes a reply; it ranks the labels; or it writes a rationale, behind
which the labels are ranked."""

Role = Literal["system", "user", "assistant"]

_DRAW = re.compile(r" \(draw \d+\)$")
"""What the name of a draw has behind the name of its arm."""


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt: what all test items share stands first and apart, so that it can be cached.

    A conversation has its messages in `turns`, the first `opening` of them shared; its texts show
    the same messages, each behind its role.
    """

    shared: str
    item_part: str
    turns: tuple[Message, ...] = ()
    opening: int = 0

    @classmethod
    def chat(cls, shared: Sequence[Message], item_part: Sequence[Message]) -> Prompt:
        """A conversation: the messages that all items share, then an item's own."""
        text = "".join(f"{message.role}: {message.content}\n\n" for message in shared)
        return cls(text, "", tuple(shared), len(shared)).followed(item_part)

    def followed(self, item_part: Sequence[Message]) -> Prompt:
        """The shared messages of this conversation, and behind them others of an item's own."""
        text = "\n\n".join(f"{message.role}: {message.content}" for message in item_part)
        return replace(self, item_part=text, turns=(*self.turns[: self.opening], *item_part))

    @property
    def text(self) -> str:
        """The whole prompt as one text."""
        return self.shared + self.item_part

    @property
    def messages(self) -> tuple[Message, ...]:
        """The prompt as chat messages that any provider takes."""
        return self.turns or (Message("user", self.text),)

    def asking(self, question: str) -> Prompt:
        """The shared block, and behind it another question."""
        if not self.turns:
            return Prompt(self.shared, question)
        return self.followed([Message("user", question)])


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the prompt and how to sample. `arm` and `item` name it, but are not its identity.

    Without `labels` a reply is written, which ends before the first of the `stop` strings. With
    them the label is asked for: each stands there exactly as it would follow the prompt and the
    `cue`, white space in front included. Nothing is written then, unless `writes_first`: the reply
    is written as ever, and the labels follow the prompt, what was written without the white space
    at its end, and the `cue`.

    `repeat` numbers the calls with one prompt, from 0: each is a call of its own, for which the LLM
    samples anew. A provider need not look at it.
    """

    prompt: Prompt
    arm: str
    item: str
    max_tokens: int
    stop: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cue: str = ""
    writes_first: bool = False
    repeat: int = 0

    def arm_among(self, names: Collection[str]) -> str | None:
        """Which of these arms of the plan the call is for; None: none of them.

        The calls of a draw, whose `arm` is "answer-only (draw 2)", are those of "answer-only".
        """
        plan_name = _DRAW.sub("", self.arm)
        return next((name for name in (self.arm, plan_name) if name in names), None)

    @property
    def answer(self) -> AnswerMode:
        """How the request is to be answered."""
        if not self.labels:
            return "write"
        return "complete" if self.writes_first else "rank"


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one call; None where the provider does not tell.

    `input` counts the whole prompt; `cached` of it was read from the provider's cache, `written`
    of it was written there.
    """

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    written: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply. `stop` says why it ended; `seconds` is wall time.

    `stop` is "end", "length", "refusal" or "content-filter", or the provider's own word where it
    is none of these. `logprobs` holds the text's tokens with the log-probability of each, where
    they were asked for and came.

    Where labels were ranked, `text` is the likeliest; where a rationale was to be written first,
    `text` is that and `label` the likeliest of the request's labels, empty where none was got. In
    both cases `logprobs` holds every label, in order, with the sum of its tokens'
    log-probabilities, or nothing where the provider cannot tell these.
    """

    text: str
    model: str
    stop: str = "end"
    usage: Usage = Usage()
    seconds: float = 0.0
    note: str = ""
    logprobs: tuple[tuple[str, float], ...] = ()
    label: str = ""

    def until(self, stop: Sequence[str]) -> Completion:
        """The reply as it ends before the first of the `stop` strings."""
        ends = [place for text in stop if text and (place := self.text.find(text)) >= 0]
        if not ends:
            return self
        text, kept, length = self.text[: min(ends)], [], 0
        for token, logprob in self.logprobs:
            if length >= len(text):
                break
            kept.append((token, logprob))
            length += len(token)
        ended = "end" if self.stop == "length" else self.stop
        return replace(self, text=text, stop=ended, logprobs=tuple(kept))


REFUSALS = frozenset({"auth", "not-found", "quota", "rate-limit", "bad-request", "too-long"})
"""The kinds of failure by which a service says that it does not do what it was asked for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that gave no reply; plain data, which holds no key and no library's exception.

    `kind` is one of

    - "rate-limit" (too many calls or tokens for now), "quota" (nothing more today, or no credit),
    - "auth", "not-found" (no such model or address), "bad-request", "too-long",
    - "server", "timeout", "connection", "invalid-reply" (a success without a usable reply),
    - "unrecorded" (a prompt that a replay lacks), "missing" (the provider gave no outcome),
      "stopped" (the run ended before the call was made).

    `retry` says that the very same call may succeed later, `retry_after` in how many seconds by
    the server's own word. `reached` is False where the call certainly never got to the service, as
    nobody listens at its address: it cannot have cost anything. `usage`, which the engine sets, is
    what a first reply took whose second call failed.
    """

    kind: str
    message: str
    retry: bool = False
    retry_after: float | None = None
    reached: bool = True
    usage: Usage | None = None

    @property
    def undone(self) -> bool:
        """Whether the call was certainly not carried out: it was refused, or never got there."""
        return not self.reached or self.kind in REFUSALS
