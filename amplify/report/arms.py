"""Print the arms of a run: their accuracy, its spread over draws, and what became of the calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.loop.answer.score import ArmScore
from amplify.loop.data.classes import unbalanced
from amplify.report.best_draw import as_arm, best_draw, choice_words
from amplify.report.metrics import percent, rare_words
from amplify.report.plots.lines import ASCII, DRAWN, plot_lines
from amplify.report.plots.points import arm_points, has_draws

ACCURACY = ("right", "accuracy", "95% CI")
MACRO = "macro-F1"
SPREAD = ("spread", "range", "draws")
CALLS = ("unread", "failed", "tokens")
SPREAD_TERM = "spread: standard deviation over draws, in points"
UNANSWERED = (
    *(("unparsed", "unread"), ("errors", "failed"), ("refused", "refused")),
    ("abstained", "abstained"),
)
"""What an answer may lack, as a field of an arm's score and as a word."""


def print_arms(
    scores: Sequence[ArmScore],
    record: Mapping[str, Any],
    console: Console,
    narrow: bool,
    proxies: Sequence[ArmScore] = (),
    calls: bool = True,
) -> None:
    """Print the arms of a run as tables that fit into 80 columns, or as lines if `narrow`.

    Below the arms stand the `proxies` themselves, by what they get right of the test items. Where
    an arm has several draws, what became of the `calls` is a table of its own, or a line.

    Where an arm has several draws, a plot shows each of them. `record` is that of the run.
    """
    arms = arm_points(record["arms"])
    classes = classes_of_test(record)
    macro = unbalanced(classes)
    if narrow:
        for line in (*arm_lines(scores, macro), *(proxy_line(proxy, macro) for proxy in proxies)):
            console.print(Text(line))
    else:
        first, *rest = arms_tables(scores, record, proxies)
        console.print(first)
    if (chosen := choice_words(scores)) is not None:
        console.print(Text(f" {chosen}"))
    if (rare := rare_words([*scores, *proxies], classes)) is not None:
        console.print(Text(f" {rare}"))
    if has_draws(arms):
        if narrow or chosen is not None or rare is not None:
            console.print()
        marks = ASCII if console.options.ascii_only else DRAWN
        for plotted in plot_lines(arms, console.width, marks):
            console.print(plotted)
        console.print(Text(f" {SPREAD_TERM}", style="dim"))
    if narrow or not rest:
        return
    if calls:
        console.print(rest[0])
    elif (unanswered := unanswered_words(scores)) is not None:
        console.print(Text(unanswered))


def unanswered_words(scores: Sequence[ArmScore]) -> str | None:
    """How many answers the arms lack, and why; None where they lack none."""
    counts = (
        (score, [(getattr(score, key), word) for key, word in UNANSWERED if getattr(score, key)])
        for score in scores
    )
    parts = [
        f"{visible(score.name)} {' and '.join(f'{count} {word}' for count, word in of_arm)} of"
        f" {score.answers:,}"
        for score, of_arm in counts
        if of_arm
    ]
    return f"without an answer: {', '.join(parts)}" if parts else None


def classes_of_test(record: Mapping[str, Any]) -> Mapping[str, int]:
    """How many test items have each label; empty where that is not known."""
    counts: Mapping[str, int] = record.get("data", {}).get("classes", {}).get("test", {})
    return counts


def arms_tables(
    scores: Sequence[ArmScore], record: Mapping[str, Any], proxies: Sequence[ArmScore]
) -> list[Table]:
    """The arms as one table; where one has several draws, as two: accuracies, and calls.

    Where the classes of the test items are unbalanced, macro-F1 stands beside accuracy.
    """
    macro = unbalanced(classes_of_test(record))
    heads = (*ACCURACY, *([MACRO] if macro else []))
    tokens = {arm["name"]: arm["tokens"] for arm in record["arms"]}
    counted = [key for key in ("refused", "abstained") if any(getattr(s, key) for s in scores)]
    calls_heads = [*CALLS, *counted]
    calls = [_call_cells(score, tokens[score.name], counted) for score in scores]
    if not any(score.draws for score in scores):
        rows = [
            [*_accuracy_cells(score, macro), *cells]
            for score, cells in zip(scores, calls, strict=True)
        ]
        of_arms = _table(scores, (*heads, *calls_heads), rows)
        _add_proxies(of_arms, proxies, macro)
        return [of_arms]
    with_best: list[ArmScore] = []
    for score in scores:
        best = best_draw(score)
        with_best += [score] if best is None else [score, as_arm(score, best)]
    rows = [[*_accuracy_cells(score, macro), *_spread_cells(score)] for score in with_best]
    accuracies = _table(with_best, (*heads, *SPREAD), rows)
    _add_proxies(accuracies, proxies, macro)
    return [
        accuracies,
        _table(scores, calls_heads, calls),
    ]


def _add_proxies(table: Table, proxies: Sequence[ArmScore], macro: bool) -> None:
    """Add the proxies below the arms, apart from them; what only an arm has is a dash."""
    if proxies:
        table.add_section()
    for proxy in proxies:
        cells = _accuracy_cells(proxy, macro)
        dashes = ["–"] * (len(table.columns) - 1 - len(cells))
        table.add_row(Text(visible(proxy.name)), *cells, *dashes)


def with_bare_names(proxies: Sequence[ArmScore]) -> list[ArmScore]:
    """The proxies, called without the names of their plugins where that leaves them different."""
    bare = [re.sub(r"^proxy [^ /]+/", "proxy ", proxy.name) for proxy in proxies]
    if len({*bare}) < len(bare):
        return list(proxies)
    return [replace(proxy, name=name) for proxy, name in zip(proxies, bare, strict=True)]


def proxy_line(proxy: ArmScore, macro: bool) -> str:
    """A proxy itself as a line, for a narrow console."""
    right, accuracy, interval, *more = _accuracy_cells(proxy, macro)
    tail = f", {MACRO} {more[0]}" if more else ""
    return f"{visible(proxy.name)}: {right} right, {accuracy} ({interval}){tail}"


def arm_lines(scores: Sequence[ArmScore], macro: bool = False) -> list[str]:
    """The arms as lines, for a narrow console; with their macro-F1 where `macro` says so."""
    lines = []
    for score in scores:
        right, accuracy, interval = _accuracy_cells(score)
        line = f"{right} right, {accuracy} ({interval})"
        if macro and score.metrics is not None:
            line += f", {MACRO} {percent(score.metrics.macro_f1)}"
        if score.draws:
            spread, bounds, draws = _spread_cells(score)
            line += f", spread {spread} over {draws} draws ({bounds})"
        if (best := best_draw(score)) is not None:
            line += f", best {best.accuracy:.1%}"
        line += f", {score.unparsed} unread, {score.errors} failed"
        line += f", {score.refused} refused" if score.refused else ""
        line += f", {score.abstained} abstained" if score.abstained else ""
        lines.append(
            f"{visible(score.name)}: {line if score.answers else 'prepared, not answered'}"
        )
    return lines


def _table(
    scores: Sequence[ArmScore], heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> Table:
    room = 0 if heads[-1] in SPREAD else 1
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, room, 0, 0))
    table.add_column("arm", overflow="fold")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for score, row in zip(scores, rows, strict=True):
        table.add_row(Text(visible(score.name)), *row)
    return table


def _accuracy_cells(score: ArmScore, macro: bool = False) -> list[str]:
    metrics = score.metrics
    more = [] if not macro else ["–" if metrics is None else percent(metrics.macro_f1)]
    if score.accuracy is None:
        return [f"–/{score.prepared}", "prepared,", "not answered", *more]
    figures = f"{score.accuracy:.1%}", _bounds(score.interval)
    return [f"{score.correct}/{score.answers}", *figures, *more]


def _spread_cells(score: ArmScore) -> list[str]:
    spread = "–" if score.spread is None else f"{100 * score.spread:.1f}"
    return [spread, _bounds(score.range), str(len(score.draws) or "–")]


def _call_cells(
    score: ArmScore, tokens: dict[str, int | None] | None, counted: Sequence[str]
) -> list[str]:
    """The cells of `CALLS`, and of the other fields that are `counted`."""
    if score.accuracy is None:
        return ["–"] * (len(CALLS) + len(counted))
    more = [str(getattr(score, key)) for key in counted]
    return [str(score.unparsed), str(score.errors), _tokens(tokens), *more]


def _tokens(counts: dict[str, int | None] | None) -> str:
    """The tokens of an arm's replies, read and written together."""
    if counts is None or counts.get("input") is None:
        return "unknown"
    at_least = "≥ " if counts.get("untold") else ""
    return f"{at_least}{(counts['input'] or 0) + (counts.get('output') or 0):,}"


def _bounds(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "–"
    low, high = interval
    return f"{100 * low:.1f}–{100 * high:.1f}%"
