"""What a part of a prompt is worth, with its interval, and whether it is shown to hurt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amplify.loop.compare.resample import item_weights
from amplify.loop.compare.statistics import LEVEL, RESAMPLES, holm, permutation, quantile
from amplify.loop.worth.shapley import permutation_errors


@dataclass(frozen=True)
class Worth:
    """What a part adds to the value of a prompt, over items: `value`.

    `interval` is its 95% interval (None where nothing varies), and `upper` the upper bound that
    holds for all parts of the prompt at once with 95%, as `lower` does. `p_value` is that of a
    two-sided permutation test over items, `adjusted` the same after Holm over the parts.
    `permutation_error` is the standard error by the sampling of permutations, 0 where none are
    sampled.
    """

    value: float
    interval: tuple[float, float] | None
    lower: float
    upper: float
    p_value: float
    adjusted: float
    permutation_error: float = 0.0

    @property
    def hurts(self) -> bool:
        """Whether the part is shown to hurt, by bound and test alike."""
        return self.upper < 0 and self.adjusted < LEVEL

    @property
    def helps(self) -> bool:
        """Whether the part is shown to help, by bound and test alike."""
        return self.lower > 0 and self.adjusted < LEVEL


def worth_of_parts(shares: Any, seed: int) -> list[Worth]:
    """What each part is worth, by its share of the value [pair, part, item].

    One pair is all there is to know (leave one out, or an enumeration); of several the permutations
    are a sample. Items, and then pairs too, are drawn anew with replacement (the pigeonhole
    bootstrap: Owen 2007, Annals of Applied Statistics 1, 386-411), which makes the intervals wide
    enough for both errors. `seed` is that of the resampling.
    """
    import numpy as np

    shares = np.asarray(shares, dtype=float)
    pairs, parts, items = shares.shape
    per_item = shares.mean(axis=0)
    errors = permutation_errors(shares) if pairs > 1 else np.zeros(parts)
    resampled = _resampled(shares, seed)
    p_values = [permutation(row.tolist(), [0.0] * items, seed) for row in per_item]
    tail = LEVEL / 2
    apart = LEVEL / (2 * parts)
    return [
        Worth(
            float(per_item[part].mean()),
            None
            if np.ptp(resampled[:, part]) == 0
            else (quantile(resampled[:, part], tail), quantile(resampled[:, part], 1 - tail)),
            quantile(resampled[:, part], apart),
            quantile(resampled[:, part], 1 - apart),
            p_values[part],
            adjusted,
            float(errors[part]),
        )
        for part, adjusted in enumerate(holm(p_values))
    ]


def _resampled(shares: Any, seed: int) -> Any:
    """The value of each part in each resample: [resample, part]."""
    import numpy as np

    pairs, parts, items = shares.shape
    drawn_pairs = item_weights(pairs, seed + 1, RESAMPLES)
    flat = shares.reshape(pairs, parts * items)
    means = []
    for of_items, of_pairs in zip(item_weights(items, seed, RESAMPLES), drawn_pairs, strict=True):
        by_item = (of_pairs @ flat / pairs).reshape(len(of_pairs), parts, items)
        means.append(np.einsum("rpi,ri->rp", by_item, of_items) / items)
    return np.concatenate(means)
