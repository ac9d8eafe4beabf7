"""The selector `gradient-matching`: shots whose mean gradient is that of the pool.

Zhang et al. 2025 (arXiv 2506.04579) choose the demonstrations whose gradients in fine-tuning come
nearest to those of the whole training set. Theirs are the gradients of a latent task embedding in a
language model, over several of its states; here they are those of the last layer of the run's
proxy, which have a closed form: no backward pass is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amplify import Candidate, Context, Example, Selection, Shot, sound_pool

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TIE = 9
"""Errors that are equal to so many decimals go by the example's id."""


class GradientMatching:
    """Greedy: each shot brings the mean gradient of the shots nearest to that of the pool."""

    def __init__(self, options: None, context: Context) -> None:
        self.labels = context.labels

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots`, in the order in which they were chosen.

        Candidates without scores or features, or whose target is none of their labels, are never
        chosen, and are no part of the pool's gradient.
        """
        pool = [c for c in sound_pool(candidates, self.labels) if c.scores and c.features]
        if not pool:
            return Selection(())
        products = inner_products(pool)
        chosen = match(products, shots)
        far = distance(products, chosen) / max(distance(products, []), 1e-12)
        note = (
            f"the mean gradient of its {len(chosen)} shots is {far:.0%} of the length of the pool's"
            " away from it, in the last layer of the proxy"
        )
        return Selection(
            tuple(Shot(pool[place].example, candidate=pool[place]) for place in chosen),
            notes=(note,),
        )


def inner_products(pool: Sequence[Candidate]) -> npt.NDArray[np.float64]:
    """The inner products of the candidates' gradients of the loss in the proxy's last layer.

    The gradient of the cross-entropy by the layer's weights is the outer product of what the layer
    reads (`features`, and 1 for the bias) and of the probabilities less 1 for the true label. The
    inner product of two such gradients is that of the one factors times that of the others.
    """
    import numpy as np

    labels = sorted({label for c in pool if c.scores for label in c.scores.labels})
    column = {label: place for place, label in enumerate(labels)}
    residuals = np.zeros((len(pool), len(labels)))
    for row, candidate in enumerate(pool):
        assert candidate.scores is not None  # the pool holds candidates with scores alone
        for label, p in zip(candidate.scores.labels, candidate.scores.probabilities, strict=True):
            residuals[row, column[label]] = p
        residuals[row, column[candidate.example.label]] -= 1
    features = np.array([candidate.features for candidate in pool], dtype=np.float64)
    products: npt.NDArray[np.float64] = (residuals @ residuals.T) * (features @ features.T + 1)
    return products


def match(products: npt.NDArray[np.float64], shots: int) -> list[int]:
    """The rows that are chosen, one after the other; of equals the first.

    `products` are the inner products of the gradients. Each choice makes the mean of the chosen as
    near to the mean of all as one further row can.
    """
    import numpy as np

    to_mean = products.mean(axis=1)
    own = np.diag(products)
    chosen: list[int] = []
    to_chosen = np.zeros(len(products))
    among, reached = 0.0, 0.0
    while len(chosen) < min(shots, len(products)):
        count = len(chosen) + 1
        errors = (among + 2 * to_chosen + own) / count**2 - 2 * (reached + to_mean) / count
        errors[chosen] = np.inf
        best = int(np.argmin(errors.round(TIE)))
        among += float(2 * to_chosen[best] + own[best])
        reached += float(to_mean[best])
        to_chosen = to_chosen + products[:, best]
        chosen.append(best)
    return chosen


def distance(products: npt.NDArray[np.float64], chosen: Sequence[int]) -> float:
    """How far the mean gradient of the chosen rows is from that of all; of none, from zero."""
    import numpy as np

    target = float(products.mean())
    if not chosen:
        return float(np.sqrt(max(target, 0.0)))
    rows = products[list(chosen)]
    squared = rows[:, list(chosen)].mean() - 2 * rows.mean() + target
    return float(np.sqrt(max(float(squared), 0.0)))
