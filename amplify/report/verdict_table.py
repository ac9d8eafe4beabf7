"""Print the verdict of a run, and the comparisons that it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.loop.compare.compare import Comparison, Level
from amplify.loop.compare.verdict import Verdict
from amplify.loop.compare.words import could_show, figures
from amplify.run.result import Run

_STYLES = {"gain": "bold green", "loss": "bold red"}


def print_verdict(run: Run, console: Console, narrow: bool) -> None:
    """Print the verdict's sentences and the comparisons: as a table, or as lines if `narrow`."""
    head, *rest = verdict_lines(run.verdict)
    console.print()
    console.print(Text(head, style=_STYLES.get(run.verdict.outcome, "bold")))
    for line in rest:
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    console.print()
    if narrow or not run.comparisons:
        for line in comparison_lines(run.comparisons):
            console.print(Text(line))
        return
    for level, comparisons in by_level(run.comparisons).items():
        console.print(Text(level_words(level), style="bold"))
        console.print(comparisons_table(comparisons))


def verdict_lines(verdict: Verdict) -> list[str]:
    """The verdict's sentences, and whether the gain that was asked for is shown."""
    lines = [visible(sentence) for sentence in verdict.sentences]
    if verdict.demand is not None:
        state = "shown" if verdict.demand.shown else "not shown"
        lines.append(f"the gain that was asked for is {state}: {visible(verdict.demand.why)}.")
    lines[0] = f"verdict: {lines[0]}"
    return lines


def by_level(comparisons: Sequence[Comparison]) -> dict[Level, list[Comparison]]:
    """The comparisons of methods, then those of prompts; a level that has none is left out."""
    levels: tuple[Level, ...] = ("method", "prompt")
    return {
        level: of_level
        for level in levels
        if (of_level := [c for c in comparisons if c.level == level])
    }


def level_words(level: Level) -> str:
    """What the comparisons of a level are of."""
    return {
        "method": "Methods compared: on new items, with demonstrations that are drawn anew",
        "prompt": "Prompts compared: on new items, with the demonstrations of this run",
    }[level]


def comparisons_table(comparisons: Sequence[Comparison]) -> Table:
    """A table of comparisons in which one arm is the same in all; it fits into 80 columns.

    `fixed` and `broken` count the answers of all draws.
    """
    first = comparisons[0]
    same_arm = all(c.arm == first.arm for c in comparisons)
    head = f"{_arm(first)} against" if same_arm else f"against {_baseline(first)}"
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(Text(head), overflow="fold")
    for name in ("points", "95% interval", "p", f"Holm/{first.comparisons}", "fixed", "broken"):
        table.add_column(name, justify="right", no_wrap=True)
    for c in comparisons:
        low, high = c.interval or (None, None)
        interval = "–" if low is None or high is None else f"{100 * low:+.1f} to {100 * high:+.1f}"
        figures = (f"{100 * c.difference:+.1f}", interval, f"{c.p_value:.2g}", f"{c.p:.2g}")
        varying = Text(_baseline(c) if same_arm else _arm(c))
        table.add_row(varying, *figures, str(c.fixed), str(c.broken))
    return table


def comparison_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """Each comparison as a sentence, or why there is none."""
    if not comparisons:
        return ["no two arms were answered on the same items: nothing to compare"]
    return [comparison_words(comparison) for comparison in comparisons]


def comparison_words(compared: Comparison) -> str:
    """A comparison as a sentence; it never asserts that there is no difference."""
    head = f"{_arm(compared)} against {_baseline(compared)}, as {compared.level}s: "
    answers = sum(draw.items for draw in compared.by_draw)
    several = f"{answers} answers to " if answers else ""
    counted = f"{several}{compared.items} items"
    if not compared.fixed + compared.broken:
        return f"{head}right on the very same of {counted}: no evidence of a difference"
    if compared.by_draw:
        low, high = (f(d.difference for d in compared.by_draw) for f in (min, max))
        draws = f", {len(compared.by_draw)} draws from {100 * low:+.1f} to {100 * high:+.1f}"
    else:
        draws = ""
    tail = "" if compared.shown else f": no evidence of a difference; {could_show(compared)}"
    return (
        f"{head}{figures(compared)} ({compared.test}), {compared.fixed} fixed and"
        f" {compared.broken} broken of {counted}{draws}{tail}"
    )


def _arm(compared: Comparison) -> str:
    return _named(compared.arm, compared.arm_draw)


def _baseline(compared: Comparison) -> str:
    return _named(compared.baseline, compared.baseline_draw)


def _named(arm: str, draw: int) -> str:
    """An arm's name, and which draw stands for it where one was chosen as the best."""
    return f"{visible(arm)}, best draw" if draw else visible(arm)
