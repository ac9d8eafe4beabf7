"""Estimates how many given labels are wrong, and how likely each of them is.

The model: a label is wrong with one probability for all items, the noise rate, and then any of the
other labels is as likely to be given (Mnih & Hinton 2012, symmetric noise). The classifier gives
the probabilities of the true label once they are brought to the right temperature (Guo et al. 2017,
arXiv 1706.04599). Neither number is known: both are averaged over, by how well they explain the
given labels, so that a weak classifier's errors are not taken for wrong labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

EXPECTED = 0.1
"""The mean of the prior of the noise rate, Beta(1, 9): measured data sets have 3 to 38%."""

COLDEST, HOTTEST, TEMPERATURES = 0.3, 8.0, 34
SPREAD = 0.5
"""The standard deviation of the logarithm of the temperature, a priori: 95% are 0.4 to 2.7."""

RATES = 100
"""Noise rates from 0 to 0.5; above, the given labels would tell less than their opposites."""


@dataclass(frozen=True)
class Noise:
    """The noise `rate`, its 95% `interval`, and of each item how likely its label is `wrong`."""

    rate: float
    interval: tuple[float, float]
    wrong: npt.NDArray[np.float64]


def estimate_noise(logs: npt.NDArray[np.float64], given: npt.NDArray[np.intp]) -> Noise:
    """The noise of the labels `given`, as columns of `logs`.

    `logs` has the log-probability of each label (column) for each item (row), by a classifier that
    never saw the item, and minus infinity for a label that is not open to the item; two are.
    """
    import numpy as np
    from scipy.special import logsumexp

    items = np.arange(len(given))
    others = np.isfinite(logs).sum(axis=1) - 1
    rates = (np.arange(RATES)[:, None] + 0.5) / (2 * RATES)

    def likelihood(
        temperature: float,
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Of each given label [rates, items]: that it is given wrongly, and that it is given."""
        scaled = logs / temperature
        right = np.exp(scaled[items, given] - logsumexp(scaled, axis=1))
        wrongly = rates * (1 - right) / others
        return wrongly, wrongly + (1 - rates) * right

    temperatures = np.geomspace(COLDEST, HOTTEST, TEMPERATURES)
    density = np.array([np.log(likelihood(t)[1]).sum(axis=1) for t in temperatures])
    density += (1 / EXPECTED - 2) * np.log1p(-rates[:, 0])
    density -= (np.log(temperatures)[:, None] / SPREAD) ** 2 / 2
    weights = np.exp(density - density.max())
    weights /= weights.sum()
    wrong = np.zeros(len(given))
    for temperature, of_rates in zip(temperatures, weights, strict=True):
        wrongly, at_all = likelihood(temperature)
        wrong += of_rates @ (wrongly / at_all)
    of_rate = weights.sum(axis=0)
    low, high = rates[:, 0][np.searchsorted(of_rate.cumsum(), (0.025, 0.975)).clip(max=RATES - 1)]
    return Noise(float(of_rate @ rates[:, 0]), (float(low), float(high)), wrong)
