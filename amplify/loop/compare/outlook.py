"""Tells what so many draws and items can show of a method, and what to buy to show more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from amplify.contract.grammar import counted
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.crossed import Variances
from amplify.loop.compare.power import (
    DEFAULT_VARIANCES,
    needed_draws,
    needed_items,
    needed_prompt_items,
    power,
    prompts_power,
    worth_buying,
)
from amplify.loop.compare.statistics import POWER

GAINS = (0.05, 0.1)
"""The gains of a method, as shares, whose power every verdict tells."""


@dataclass(frozen=True)
class Chance:
    """How often a true `gain` of the method is shown (`power`), and what shows it in 4 runs of 5.

    That are so many draws of the items there are, or so many items under the draws there are; None
    where no number of them would do.
    """

    gain: float
    power: float
    needed_draws: int | None
    needed_items: int | None


@dataclass(frozen=True)
class Outlook:
    """What `draws` of so many `items` can show of a method among so many `comparisons`.

    `measured` says that the `variances` are those of a comparison; else they are
    `DEFAULT_VARIANCES`. `buy` says whether twice the draws or twice the items shows the smallest of
    the gains more often, and `bought` how often then.
    """

    draws: int
    items: int
    comparisons: int
    measured: bool
    variances: Variances
    chances: tuple[Chance, ...]
    buy: Literal["draws", "items", "neither"]
    bought: float


def outlook(
    draws: int, items: int, comparisons: int = 1, variances: Variances | None = None
) -> Outlook:
    """The outlook for these counts; `variances` are None where none were measured."""
    assumed = DEFAULT_VARIANCES if variances is None else variances
    chances = tuple(
        Chance(
            gain,
            power(gain, assumed, draws, items, comparisons),
            needed_draws(gain, assumed, items, comparisons),
            needed_items(gain, assumed, draws, comparisons),
        )
        for gain in GAINS
    )
    first = next((chance.gain for chance in chances if chance.power < POWER), GAINS[0])
    buy = worth_buying(first, assumed, draws, items, comparisons)
    twice = {"draws": (2 * draws, items), "items": (draws, 2 * items), "neither": (draws, items)}
    bought = power(first, assumed, *twice[buy], comparisons)
    return Outlook(draws, items, comparisons, variances is not None, assumed, chances, buy, bought)


@dataclass(frozen=True)
class PromptChance:
    """How often a true `gain` of one prompt over another is shown (`power`), and how many items
    show it in 4 runs of 5; None where more than 10,000 would be needed."""

    gain: float
    power: float
    needed_items: int | None


Basis = Literal["typical", "stated", "probed"]
"""Where a discordance comes from: small LLMs have it, a user stated it, or a probe measured it."""

TYPICAL_DISCORDANCE = 0.3
"""On which share of the items two prompts differ, where nothing was measured."""


@dataclass(frozen=True)
class PromptOutlook:
    """What so many `items` can show of one prompt against another among so many `comparisons`.

    `discordance` is the share of items that one of the two prompts alone gets right; it comes from
    `basis`.
    """

    items: int
    comparisons: int
    discordance: float
    basis: Basis
    chances: tuple[PromptChance, ...]


def prompt_outlook(
    items: int, comparisons: int, discordance: float = TYPICAL_DISCORDANCE, basis: Basis = "typical"
) -> PromptOutlook:
    """The outlook of a comparison of two prompts; the parameters are as of `PromptOutlook`."""
    chances = tuple(
        PromptChance(
            gain,
            prompts_power(gain, discordance, items, comparisons),
            needed_prompt_items(gain, discordance, comparisons),
        )
        for gain in GAINS
    )
    return PromptOutlook(items, comparisons, discordance, basis, chances)


def prompt_outlook_words(outlook: PromptOutlook) -> str:
    """The outlook of a comparison of two prompts in a sentence."""
    shown = " and ".join(
        f"one of {100 * chance.gain:g} points in {100 * chance.power:.0f}%"
        for chance in outlook.chances
    ).removeprefix("one ")
    needed = "; ".join(
        f"{100 * chance.gain:g} points take more than 10,000 items"
        if chance.needed_items is None
        else f"{100 * chance.gain:g} points take {counted(chance.needed_items, 'item')}"
        for chance in outlook.chances
    )
    basis = {
        "typical": "as is typical of small LLMs",
        "stated": "as --discordance says",
        "probed": "the middle of what the probe leaves open",
    }
    return (
        f"{counted(outlook.items, 'item shows', 'items show')} a true gain {shown} of runs, if"
        f" {outlook.discordance:.0%} of"
        f" items are discordant, {basis[outlook.basis]}; to show them in 4 runs of 5, {needed}."
    )


def outlook_of(comparison: Comparison) -> Outlook | None:
    """The outlook of a comparison, at its own variances where it is one of methods.

    None for prompts by another metric than accuracy, whose variances are not known.
    """
    if comparison.level == "prompt" and comparison.metric != "accuracy":
        return None
    if comparison.level == "prompt":
        return outlook(1, comparison.items, comparison.comparisons)
    draws = len(comparison.by_draw)
    return outlook(draws, comparison.items, comparison.comparisons, comparison.variances)


def outlook_words(outlook: Outlook, unit: str = "points") -> str:
    """The outlook in a sentence or two; `unit` is that of a gain."""
    if outlook.draws < 2:
        return (
            "A single draw can show no gain of a method. If draws vary as they do with small LLMs,"
            f" {counted(outlook.items, 'item')} {_draws_needed(outlook.chances)}."
        )
    shown = " and ".join(
        f"one of {100 * chance.gain:g} {unit} in {100 * chance.power:.0f}%"
        for chance in outlook.chances
    ).removeprefix("one ")
    where = "" if outlook.measured else ", if draws vary as they do with small LLMs"
    sentence = (
        f"{counted(outlook.draws, 'draw')} of {counted(outlook.items, 'item')} show a"
        f" true gain {shown} of runs{where}"
    )
    if outlook.buy == "neither":
        return f"{sentence}."
    gain = next(chance.gain for chance in outlook.chances if chance.power < POWER)
    other = "items" if outlook.buy == "draws" else "draws"
    count = 2 * (outlook.draws if outlook.buy == "draws" else outlook.items)
    return (
        f"{sentence}; more {outlook.buy} help more than more {other}: {count:,} {outlook.buy} show"
        f" {100 * gain:g} {unit} in {100 * outlook.bought:.0f}%."
    )


def _draws_needed(chances: Sequence[Chance]) -> str:
    """With how many draws gains are shown in 4 runs of 5, and which gains with none."""
    gains = {chance: f"a gain of {100 * chance.gain:g} points" for chance in chances}
    shown = " and ".join(
        f"{gain} with {counted(chance.needed_draws, 'draw')}"
        for chance, gain in gains.items()
        if chance.needed_draws is not None
    )
    never = " or ".join(gain for chance, gain in gains.items() if chance.needed_draws is None)
    parts = [f"show, in 4 runs of 5, {shown}"] if shown else []
    parts += [f"cannot show {never}, however many draws"] if never else []
    return ", but ".join(parts)
