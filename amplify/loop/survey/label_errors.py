"""Finds pool items whose label is likely wrong, and tells how likely."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from amplify.contract.data import Example
from amplify.contract.grammar import counted
from amplify.contract.proxy import Scores
from amplify.contract.selector import LIKELY
from amplify.loop.survey.confident import suspects
from amplify.loop.survey.label_noise import estimate_noise


@dataclass(frozen=True)
class Suspect:
    """A pool item whose `label` confident learning counts as another, the proxy's best.

    `probability` is that of a wrong label; `shown`: the item is among the demonstrations.
    """

    item: str
    label: str
    proxy_label: str
    probability: float
    shown: bool = False

    @property
    def likely(self) -> bool:
        """Whether the label is more likely wrong than right."""
        return self.probability > LIKELY


@dataclass(frozen=True)
class LabelErrors:
    """What a proxy that never saw the pool's items tells of their labels.

    `noise` is the estimated share of wrong labels among the `items` that it scored, `interval` its
    95% interval; the most likely of the `suspects` comes first.
    """

    proxy: str = ""
    items: int = 0
    noise: float | None = None
    interval: tuple[float, float] | None = None
    suspects: tuple[Suspect, ...] = ()

    @property
    def likely(self) -> list[Suspect]:
        """The suspects whose label is more likely wrong than right."""
        return [suspect for suspect in self.suspects if suspect.likely]

    @property
    def probabilities(self) -> dict[str, float]:
        """By the id of a suspect the probability that its label is wrong."""
        return {suspect.item: suspect.probability for suspect in self.suspects}

    def of_run(self, proxy: str, shown: Collection[str]) -> LabelErrors:
        """The same by the name of the proxy in a run, whose demonstrations are `shown` (ids)."""
        marked = (replace(suspect, shown=suspect.item in shown) for suspect in self.suspects)
        return replace(self, proxy=proxy, suspects=tuple(marked))

    @property
    def note(self) -> str | None:
        """What a reader should know of the likely errors; None where there are none."""
        if not self.likely or self.noise is None or self.interval is None:
            return None
        low, high = self.interval
        named = [f"{suspect.item} ({suspect.probability:.0%})" for suspect in self.likely[:5]]
        more = f" and {len(self.likely) - 5} more" if len(self.likely) > 5 else ""
        among = sum(suspect.shown for suspect in self.likely)
        return (
            f"{len(self.likely)} of {counted(self.items, 'pool label')} are likely wrong (estimated"
            f" {self.noise:.0%} label noise, 95% interval {low:.0%} to {high:.0%};"
            f" {counted(among, 'of them is a demonstration', 'of them are demonstrations')}):"
            f" {', '.join(named)}{more}; by the proxy {self.proxy}, which"
            " never saw them: see `label_errors` in the record"
        )


def find_label_errors(pool: Sequence[Example], scores: Mapping[str, Scores]) -> LabelErrors:
    """The likely label errors of the pool, by the proxy's `scores` of its items, by id."""
    import numpy as np

    scored = [
        (example, scores[example.id])
        for example in pool
        if example.id in scores
        and len(scores[example.id].labels) > 1
        and example.label in scores[example.id].labels
    ]
    if not scored:
        return LabelErrors()
    labels = list(dict.fromkeys(label for _, of_item in scored for label in of_item.labels))
    columns = {label: column for column, label in enumerate(labels)}
    logs = np.full((len(scored), len(labels)), -np.inf)
    for row, (_, of_item) in enumerate(scored):
        chances = np.maximum(of_item.probabilities, 1e-12)
        logs[row, [columns[label] for label in of_item.labels]] = np.log(chances)
    given = np.array([columns[example.label] for example, _ in scored])
    noise = estimate_noise(logs, given)
    found = [
        Suspect(example.id, example.label, of_item.best, round(float(probability), 4))
        for (example, of_item), probability, suspect in zip(
            scored, noise.wrong, suspects(np.exp(logs), given), strict=True
        )
        if suspect
    ]
    found.sort(key=lambda suspect: (-suspect.probability, suspect.item))
    low, high = noise.interval
    return LabelErrors(
        "", len(scored), round(noise.rate, 4), (round(low, 4), round(high, 4)), tuple(found)
    )
