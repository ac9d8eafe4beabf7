"""From a proxy's scores to demonstrations: candidates, claims, explanations, key words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amplify.contract.data import Example


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
