"""Say how likely a run is to show a gain of a method, and whether draws or items would help."""

from __future__ import annotations

from collections.abc import Iterator

from amplify.run.estimate.foreseen_power import ForeseenPower, GainPower


def power_lines(foreseen: ForeseenPower) -> Iterator[str]:
    """The power for each gain, what would raise it, and what all of it rests on."""
    pair = f"{foreseen.arm} against {foreseen.baseline}"
    if foreseen.draws == 1:
        yield (
            f"power, {pair}: with one draw of the demonstrations no claim can be made about the"
            " method, only about these prompts"
        )
        yield f"worth buying next: draws: {needed_words(foreseen, foreseen.gains[-1])}"
    else:
        shown = ", ".join(f"{_points(of.gain)} in {of.power:.0%}" for of in foreseen.gains)
        yield (
            f"power, {pair} as methods ({foreseen.draws} draws, {foreseen.items:,} test items,"
            f" {comparisons_words(foreseen.comparisons)}): a true gain of {shown} of runs is shown"
        )
        yield from _more_words(foreseen)
    yield f"power rests on {variance_words(foreseen)}"


def _more_words(foreseen: ForeseenPower) -> Iterator[str]:
    more = foreseen.more
    if more is None:
        return
    counts = {
        "draws": f"{2 * foreseen.draws} draws show {_points(more.gain)} in {more.with_draws:.0%}",
        "items": f"{2 * foreseen.items:,} test items in {more.with_items:.0%}",
    }
    needed = next(of for of in foreseen.gains if of.gain == more.gain)
    bought = "draws" if more.buy == "draws" else "test items"
    yield (
        f"worth buying next: {bought}: {counts['draws']} of runs, {counts['items']};"
        f" {needed_words(foreseen, needed)}"
    )


def needed_words(foreseen: ForeseenPower, gain: GainPower) -> str:
    """What a true gain takes to be shown in 4 runs of 5: more draws, or more items."""
    items = f"{foreseen.items:,} test items"
    if gain.needed_draws is None:
        by_draws = f"no number of draws of {items}"
    else:
        by_draws = f"{gain.needed_draws:,} draws of {items}"
    shown = f"would show {_points(gain.gain)} in 4 runs of 5"
    if foreseen.draws == 1:
        return f"{by_draws} {shown}"
    if gain.needed_items is None:
        by_items = f"no number of test items in {foreseen.draws} draws would"
    else:
        by_items = f"{gain.needed_items:,} test items in {foreseen.draws} draws would"
    return f"{by_draws} {shown}, {by_items}"


def variance_words(foreseen: ForeseenPower) -> str:
    """Where the variances come from, and what they mean."""
    variances = foreseen.variances
    spread = 100 * variances.draw**0.5
    differ = variances.draw + variances.item + variances.rest
    return (
        "default variances, typical of small LLMs and not measured on this task: over draws the"
        f" difference of two arms has a standard deviation of {spread:.0f} points, and two prompts"
        f" differ on {differ:.0%} of items"
    )


def comparisons_words(count: int) -> str:
    """How many comparisons the run makes."""
    return "1 comparison" if count == 1 else f"{count} comparisons"


def _points(gain: float) -> str:
    return f"{100 * gain:g} points"
