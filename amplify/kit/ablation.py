"""A claim's number as a function of which words are kept: what perturbation methods explain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from amplify.contract.data import Example
from amplify.contract.explainer import Claim, Explanation, Span
from amplify.contract.proxy import Proxy
from amplify.kit.objective import Objective, Of
from amplify.kit.perturb import without
from amplify.kit.words import readable_words

Mask = Sequence[bool]
"""One truth value for each word: whether it is kept."""


@dataclass(slots=True)
class Ablation:
    """A claim, its readable words, and what the proxy makes of the example without some of them.

    `objective` is None where there is nothing to explain; then `score` must not be asked.
    """

    proxy: Proxy
    claim: Claim
    objective: Objective | None
    words: tuple[tuple[int, int], ...]
    _known: dict[bytes, float] = field(default_factory=dict)

    def kept(self, mask: Mask) -> Example:
        """The example with the words that the mask keeps."""
        pairs = zip(self.words, mask, strict=True)
        return without(self.claim.example, [word for word, keep in pairs if not keep])

    def score(self, masks: Iterable[Mask]) -> list[float]:
        """The objective for each mask, in order; what is not known yet in one call of the proxy."""
        assert self.objective is not None
        keys = [bytes(map(bool, mask)) for mask in masks]
        new = list(dict.fromkeys(key for key in keys if key not in self._known))
        if new:
            scores = self.proxy.predict([self.kept([bool(k) for k in key]) for key in new])
            values = (self.objective(score) for score in scores)
            self._known.update(zip(new, values, strict=True))
        return [self._known[key] for key in keys]

    @property
    def whole(self) -> float:
        """The objective of the example as it stands."""
        return self.score([[True] * len(self.words)])[0]

    def explained(self, scores: Sequence[float], method: str, rest: float = 0.0) -> Explanation:
        """The explanation with a score for each word, and `rest` for what no word has."""
        pairs = zip(self.words, scores, strict=True)
        spans = tuple(Span(*word, float(score)) for word, score in pairs)
        example, target = self.claim.example, self.claim.target
        return Explanation(example, target, spans, method=method, remainder=float(rest))

    def unexplained(self, method: str) -> Explanation:
        """The explanation of what has no objective: no word has a score."""
        example, target = self.claim.example, self.claim.target
        return Explanation(example, target, method=method, unscored=len(self.words))


def ablations(
    proxy: Proxy, claims: Sequence[Claim], of: Of = "logits", contrast: bool = False
) -> list[Ablation]:
    """An ablation for each claim, in order; the whole examples are scored in one call.

    A foil that has to be found (see `Objective.of_claim`) is that of the whole example, for all of
    its masks.
    """
    scores = proxy.predict([claim.example for claim in claims])
    results = []
    for claim, whole in zip(claims, scores, strict=True):
        objective = Objective.of_claim(claim, whole, of, contrast)
        words = tuple(readable_words(claim.example))
        known = {} if objective is None else {bytes([True] * len(words)): objective(whole)}
        results.append(Ablation(proxy, claim, objective, words, known))
    return results
