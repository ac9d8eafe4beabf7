"""Print what a tune would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible
from amplify.loop.compare.outlook import prompt_outlook_words
from amplify.run.tune.forecast import TuneForecast

NAMED = 60
"""The most contenders that are named."""

ARMS = 5
"""The most arms whose selectors ask that are named."""


def print_forecast(forecast: TuneForecast, console: Console) -> None:
    """Print the contenders of a tune, its rounds, its calls, and what it can show."""
    for line in tune_forecast_lines(forecast):
        console.print(Text(line), highlight=False)


def tune_forecast_lines(forecast: TuneForecast) -> Iterator[str]:
    """What a tune would do, in lines."""
    count = len(forecast.names)
    of_space = f", a seeded sample of {forecast.space:,}" if forecast.space > count else ""
    yield f"{counted(count, 'contender')}{of_space}; those that turn out to ask the same are one"
    for name in forecast.names[:NAMED]:
        yield f"  {visible(name)}"
    if count > NAMED:
        yield f"  and {count - NAMED} more"
    if forecast.starters < count:
        yield (
            f"{forecast.starters} of them start: the calls do not suffice for more"
            if forecast.starters
            else "none of them can start: the calls beside the test do not suffice for two"
        )
    yield f"race: {counted(forecast.validation, 'validation item')} of the pool"
    for number, foreseen in enumerate(forecast.rounds, 1):
        kept = "all that are not shown to be behind"
        if foreseen.keep is not None:
            kept = f"the best {foreseen.keep}"
        yield (
            f"  round {number}: {counted(foreseen.items, 'item')} for {foreseen.contenders}"
            f" contenders; {kept}"
            " go on"
        )
    more = "and what explainers ask the LLM"
    if forecast.asking:
        more = f"and what explainers, and the selectors of {_listed(forecast.asking)}, ask the LLM"
    if forecast.attributed:
        more += f", and what attributes {counted(forecast.attributed, 'answer')}"
    selecting = f" {forecast.select:,} for selectors," if forecast.select else ""
    proposing = f" {forecast.propose:,} for proposals of instructions," if forecast.propose else ""
    worth = f", {forecast.worth:,} for the worth of demonstrations" if forecast.worth else ""
    yield (
        f"calls: at most {forecast.calls:,}: {forecast.race:,} for the race, {forecast.test:,} for"
        f" the test{worth},{proposing}{selecting} {forecast.survey:,} for the survey and"
        f" {forecast.priors:,} for calibration ({more})"
    )
    yield (
        f"the race can show: two contenders that differ on {forecast.discordance:.0%} of items are"
        f" told apart on all validation items with a standard error of"
        f" {100 * forecast.error:.1f} points"
    )
    yield f"the test can show: {prompt_outlook_words(forecast.outlook)}"


def _listed(names: Sequence[str]) -> str:
    """The names of some arms."""
    others = f" and {len(names) - ARMS} more" if len(names) > ARMS else ""
    return ", ".join(map(visible, names[:ARMS])) + others
