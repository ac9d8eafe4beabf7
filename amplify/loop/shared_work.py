"""Counts the work that each arm would take alone, so that what arms share can be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amplify.contract.data import Example
from amplify.loop.checked.explainer import CheckedExplainer
from amplify.loop.prompt.arm import Arm


@dataclass
class Work:
    """What preparing an arm takes.

    `surveyed` counts the items that the LLM is asked for its selector: pool items for its errors,
    test items for the labels that it finds likely. `fits` counts the fits of `proxy`, a digest.
    `explained` holds the ids of the examples that are explained, under the digests of proxy and
    explainer; `asked` those among its keys whose explainer asks the LLM, each as often as it asks
    about an example.
    """

    surveyed: int = 0
    proxy: str = ""
    fits: int = 0
    explained: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, arm: Arm, explainer: str, foil: bool, examples: Sequence[Example]) -> None:
        """Count these examples as explained for the arm.

        `explainer` is its digest; `foil`: the explanations speak for a wrong label.
        """
        if not examples:
            return
        key = f"{arm.proxy}: {explainer}{' (foil)' * foil}"
        ids = {*self.explained.get(key, []), *(example.id for example in examples)}
        self.explained[key] = sorted(ids)
        if explainer in arm.asking and key not in self.asked:
            component = arm.explainer if explainer == arm.explained_by else arm.ranker
            self.asked += [key] * CheckedExplainer.of(component).calls_each


@dataclass
class Count:
    """How many units of a kind of work are `distinct`, and how many there would be `alone`: were
    nothing shared between the arms."""

    distinct: int = 0
    alone: int = 0


def count_fits(works: Mapping[str, Mapping[str, Work]]) -> Count:
    """The fits of proxies; `works` holds, under each data set and seed, the work of each arm."""
    fits = {
        (data, work.proxy): work.fits
        for data, arms in works.items()
        for work in arms.values()
        if work.fits
    }
    alone = sum(work.fits for arms in works.values() for work in arms.values())
    return Count(sum(fits.values()), alone)


def count_explained(works: Mapping[str, Mapping[str, Work]]) -> Count:
    """The explanations of single examples; `works` as for `count_fits`."""
    every = [
        (data, name, example)
        for data, arms in works.items()
        for work in arms.values()
        for name, examples in work.explained.items()
        for example in examples
    ]
    return Count(len(set(every)), len(every))
