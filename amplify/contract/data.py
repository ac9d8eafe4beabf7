"""The frozen records that travel through the loop: plain data, nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Option:
    """One answer option that an input lists; `start` and `end` delimit its content in the text."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled input. `text` is the raw input, exactly as it stands in a prompt.

    `options` is filled when the input itself lists lettered options: such an item is scored option
    by option. `question` delimits the part of the text before them (the whole text by default).
    """

    id: str
    text: str
    label: str
    options: tuple[Option, ...] = ()
    question: tuple[int, int] | None = None

    def labels(self, task_labels: tuple[str, ...]) -> tuple[str, ...]:
        """The labels open to this item: its own options, else those of the task."""
        return tuple(option.label for option in self.options) or task_labels


@dataclass(frozen=True, slots=True)
class Task:
    """A task with three disjoint splits: fit the proxy, pick demonstrations, measure.

    `labels` is empty for a task with open answers: it can be asked and scored, but no proxy can be
    fitted on it. `notes` are shown to the user (stray targets, twins that were found). `source`
    keeps where the data came from: path, sha256, and the like. `moulds` are the ids of items that
    come from one mould: a word tells them apart as a rule, so that none is a copy of another.
    """

    name: str
    instruction: str
    labels: tuple[str, ...]
    train: tuple[Example, ...] = ()
    pool: tuple[Example, ...] = ()
    test: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
    moulds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a task source reads, before it is split. `test` is set where the source has its own."""

    name: str
    instruction: str
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    test: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scores:
    """A proxy's view of one example: a logit and a probability for each label that is open to it.

    `labels`, `logits` and `probabilities` run in parallel; probabilities sum to 1.
    """

    labels: tuple[str, ...]
    logits: tuple[float, ...]
    probabilities: tuple[float, ...]

    def probability(self, label: str) -> float:
        """The probability of `label`; 0.0 for a label that is not open to the example."""
        return self.probabilities[self.labels.index(label)] if label in self.labels else 0.0

    @property
    def best(self) -> str:
        """The label with the highest probability; the first of equals."""
        return self.labels[max(range(len(self.labels)), key=self.probabilities.__getitem__)]

    def foil(self, truth: str) -> str:
        """The best wrong label: the highest probability among all labels but `truth`."""
        wrong = [i for i, label in enumerate(self.labels) if label != truth]
        return self.labels[max(wrong, key=self.probabilities.__getitem__)]


@dataclass(frozen=True, slots=True)
class Parts:
    """The logits of one example, taken apart by a linear proxy.

    `words` are the character ranges of the words that it reads, in order, a repeated word at each
    of its places. The logit of `labels[j]` is `rest[j]` plus `shares[i][j]` over all words `i`.
    """

    labels: tuple[str, ...]
    words: tuple[tuple[int, int], ...]
    shares: tuple[tuple[float, ...], ...]
    rest: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pool item as the survey left it.

    `scores` come from a proxy that never saw the item (`fold` names which one; the same one
    explains it). `answer` is the LLM's parsed answer. `error` says whether the chosen error source
    got it wrong, None where no source was asked. `mcs` is the misclassification confidence
    `p(foil) - p(truth)`, in [-1, 1]: above 0 exactly when the proxy prefers a wrong label.
    `explanation` and `drop` are made for selectors that need explanations, None else: `drop` is
    what `p(truth)` loses without the explanation's top words.
    """

    example: Example
    scores: Scores | None = None
    fold: int = 0
    answer: str | None = None
    error: bool | None = None
    mcs: float | None = None
    explanation: Explanation | None = None
    drop: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What an explainer explains: why `target` rather than `foil` for this example."""

    example: Example
    target: str
    foil: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A scored stretch of the example's text, in character offsets, end exclusive."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Scored words (`spans`), or a written chain (`text`), or both.

    A positive score speaks for `target`. `remainder` is what special tokens and punctuation got,
    so that spans and remainder together are the whole attribution (for methods where that has a
    meaning). `unscored` counts the words that a truncated input left without a score. `gap` is set
    by methods whose attributions should add up to a change in the score: by how much of it they
    miss it.
    """

    example: Example
    target: str
    spans: tuple[Span, ...] = ()
    text: str | None = None
    method: str = ""
    remainder: float = 0.0
    unscored: int = 0
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """A selected example, with its own rationale where the selector brings one."""

    example: Example
    rationale: str | None = None
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What a selector returns: shots in prompt order, and an instruction where it brings one.

    A selector that chooses for each test item leaves `shots` empty and fills `own`: by the id of
    each query its shots, best first.
    """

    shots: tuple[Shot, ...]
    instruction: str | None = None
    notes: tuple[str, ...] = ()
    own: Mapping[str, tuple[Shot, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyWord:
    """A key word of a demonstration: its surface form, its summed score, where it stands."""

    text: str
    score: float
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """How far an explanation's ranking of words is the proxy's own (DeYoung et al. 2020, ERASER).

    Both are differences of the target's probability, averaged over the top 1, 5, 10, 20 and 50% of
    the words: `comprehensiveness` is what it loses when they are taken away (higher is better),
    `sufficiency` what it loses when they alone are left (lower is better, and may be negative).
    `random_…` is the same for random words, averaged over several draws.
    """

    comprehensiveness: float
    sufficiency: float
    random_comprehensiveness: float
    random_sufficiency: float


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A shot ready for the prompt; `rationale` is empty until a template has written it.

    `faithfulness` is that of the explanation which the words are taken from, where it was measured.
    """

    example: Example
    words: tuple[KeyWord, ...] = ()
    rationale: str = ""
    mcs: float | None = None
    faithfulness: Faithfulness | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt: what all test items share stands first and apart, so that it can be cached.

    A conversation has its messages in `turns`, the first `opening` of them shared; its texts show
    the same messages, each behind its role.
    """

    shared: str
    own: str
    turns: tuple[Message, ...] = ()
    opening: int = 0

    @classmethod
    def chat(cls, shared: Sequence[Message], own: Sequence[Message]) -> Prompt:
        """A conversation: the messages that all items share, then an item's own."""
        text = "".join(f"{message.role}: {message.content}\n\n" for message in shared)
        return cls(text, "", tuple(shared), len(shared)).followed(own)

    def followed(self, own: Sequence[Message]) -> Prompt:
        """The shared messages of this conversation, and behind them others of an item's own."""
        text = "\n\n".join(f"{message.role}: {message.content}" for message in own)
        return replace(self, own=text, turns=(*self.turns[: self.opening], *own))

    @property
    def text(self) -> str:
        """The whole prompt as one text."""
        return self.shared + self.own

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

    A reply ends before the first of the `stop` strings. Where there are `labels`, nothing is
    written: they are ranked as continuations of the prompt, each exactly as it would follow it.
    """

    prompt: Prompt
    arm: str
    item: str
    max_tokens: int
    stop: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


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
    they were asked for and came. Where labels were ranked, `text` is the likeliest, and `logprobs`
    holds every label, in order, with the sum of its tokens' log-probabilities.
    """

    text: str
    model: str
    stop: str = "end"
    usage: Usage = Usage()
    seconds: float = 0.0
    note: str = ""
    logprobs: tuple[tuple[str, float], ...] = ()

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
    the server's own word.
    """

    kind: str
    message: str
    retry: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the headers of a reply told of the rate limits.

    `…_left` counts what is left for now, `…_reset` the seconds until it is whole again.
    """

    requests_left: int | None = None
    tokens_left: int | None = None
    requests_reset: float | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What one attempt at a call came to."""

    outcome: Completion | Failure
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """How far a batch is: `done` of `total` requests; `message` says why one failed."""

    state: Literal["running", "done", "failed"]
    done: int = 0
    total: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What an arm made of one test item.

    `status`: "answered"; "unparsed" (a reply that no label could be read from: wrong, and shown);
    "refused" (the model or a content filter declined to answer: wrong, and shown apart); "failed"
    (the call failed: wrong, shown apart, asked again on resume); "prepared" (the prompt stands
    ready, nobody answered it: not scored).
    """

    arm: str
    item: str
    label: str
    answer: str | None
    status: Literal["answered", "unparsed", "refused", "failed", "prepared"]
    correct: bool
    reply: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What observers are told: "started", "prepared", "predicted" or "finished", with details."""

    kind: Literal["started", "prepared", "predicted", "finished"]
    data: Mapping[str, Any] = field(default_factory=dict)
