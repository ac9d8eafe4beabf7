"""Print the verdict of a run, and the comparisons that it rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible
from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.compare import Comparison, Level
from amplify.loop.compare.metrics import NAMES, Metric
from amplify.loop.compare.verdict import Verdict
from amplify.loop.compare.words import (
    against_baseline,
    against_control,
    as_prompts,
    could_show,
    draw_by_draw,
    figures,
    ranges,
)
from amplify.report.best_draw import best_name
from amplify.report.levels import LEVELS
from amplify.run.result import FinishedRun

_STYLES = {"gain": "bold green", "loss": "bold red"}


def print_verdict(run: FinishedRun, console: Console, whole: bool) -> None:
    """Print the verdict's conclusion, and of its other sentences those that no table tells.

    `whole` prints all of them.
    """
    verdict = run.verdict
    told: set[str] = set()
    if not whole:
        tests = {control.arm: control.tests for control in verdict.placebos}
        pair = verdict.focus, verdict.baseline
        told = told_by_tables(run.comparisons, run.prompts, *pair, tests, run.scores)
    head, *rest = verdict_lines(run.verdict, told)
    console.print(Text(head, style=_STYLES.get(run.verdict.outcome, "bold")))
    for line in rest:
        console.print(Padding(Text(line), (0, 0, 0, 2)))


def told_by_tables(
    comparisons: Sequence[Comparison],
    prompts: Comparison | None,
    focus: str,
    baseline: str | None,
    tests: Mapping[str, str],
    scores: Sequence[ArmScore],
) -> set[str]:
    """The sentences of a verdict that repeat the tables of arms and comparisons.

    The comparison with the `baseline` is the result itself, which is told in words too. `prompts`
    compares the best draws of both, `tests` says what each control of the focus is for, and
    `scores` are those of the arms.
    """
    told = {
        against_control(c, tests[c.baseline]) if c.baseline in tests else against_baseline(c)
        for c in comparisons
        if c.baseline_draw or c.baseline != baseline
    }
    pair = [score for score in scores if score.name in (focus, baseline)]
    for comparison in comparisons:
        told |= {ranges(pair, comparison.metric) or "", draw_by_draw(comparison) or ""}
    return told if prompts is None else told | {as_prompts(prompts)}


def print_comparisons(run: FinishedRun, console: Console, narrow: bool) -> None:
    """Print the comparisons as tables, or as lines if `narrow`."""
    draws = {score.name: len(score.draws) for score in run.scores}
    of_levels = list(by_level(run.comparisons).items())
    if run.prompts is not None:
        of_levels.append((run.prompts.level, [run.prompts]))
    if not of_levels:
        console.print(Text(uncompared(run.scores, "race" in run.record)))
    for level, comparisons in of_levels:
        if narrow:
            for comparison in comparisons:
                console.print(Text(comparison_words(comparison, draws)))
            continue
        by = by_words(comparisons[0].metric)
        console.print(Text(f"{level.capitalize()}s compared{by}: {LEVELS[level]}", style="bold"))
        console.print(comparisons_table(comparisons, draws))
    if of_levels and not narrow:
        words = terms(max(c.comparisons for _, level in of_levels for c in level))
        console.print(Padding(Text(words, style="dim"), (0, 0, 0, 1)))


def terms(family: int) -> str:
    """What the columns of the comparisons mean; the largest `family` is adjusted together."""
    adjusted = f"Holm/{family}: p adjusted for {family} comparisons; " if family > 1 else ""
    return f"{adjusted}fixed, broken: answers that only the first, or the second, gets right"


def uncompared(scores: Sequence[ArmScore], raced: bool) -> str:
    """Why no two arms are compared; `raced` says that they are those that a race left."""
    answered = [score.name for score in scores if score.answers]
    if len(answered) == 1 and raced:
        return f"{visible(answered[0])} alone was tested: there is no other prompt to compare"
    if len(answered) == 1:
        return f"{visible(answered[0])} alone was answered: there is no other arm to compare"
    return "no two arms were answered on the same items: nothing to compare"


def verdict_lines(verdict: Verdict, told: Collection[str] = ()) -> list[str]:
    """The verdict's sentences, and whether the gain that was asked for is shown.

    The first sentence is the conclusion; of the others, those that are `told` elsewhere are left
    out.
    """
    conclusion, *rest = verdict.sentences
    lines = [visible(sentence) for sentence in (conclusion, *(s for s in rest if s not in told))]
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


def by_words(metric: Metric) -> str:
    """What arms are compared by, unless it is accuracy."""
    return "" if metric == "accuracy" else f" by {NAMES[metric]}"


def comparisons_table(comparisons: Sequence[Comparison], draws: Mapping[str, int]) -> Table:
    """A table of comparisons in which one arm is the same in all; it fits into 80 columns.

    `draws` says how many draws each arm has; `fixed` and `broken` count the answers of all.
    """
    first = comparisons[0]
    names = [_names(c, draws) for c in comparisons]
    same_arm = all(arm == names[0][0] for arm, _ in names)
    head = f"{names[0][0]} against" if same_arm else f"against {names[0][1]}"
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=0)
    table.add_column(Text(head), overflow="fold")
    for name in ("points", "95% interval", "p", f"Holm/{first.comparisons}", "fixed", "broken"):
        table.add_column(name, justify="right", no_wrap=True)
    for c, (arm, baseline) in zip(comparisons, names, strict=True):
        low, high = c.interval or (None, None)
        interval = "–" if low is None or high is None else f"{100 * low:+.1f} to {100 * high:+.1f}"
        figures = (f"{100 * c.difference:+.1f}", interval, f"{c.p_value:.2g}", f"{c.p:.2g}")
        varying = Text(baseline if same_arm else arm)
        table.add_row(varying, *figures, str(c.fixed), str(c.broken))
    return table


def comparison_words(compared: Comparison, draws: Mapping[str, int]) -> str:
    """A comparison as a sentence; it never asserts that there is no difference.

    `draws` says how many draws each arm has.
    """
    arm, baseline = _names(compared, draws)
    head = f"{arm} against {baseline}, as {compared.level}s: "
    answers = sum(draw.items for draw in compared.by_draw)
    several = f"{counted(answers, 'answer')} to " if answers else ""
    items = f"{several}{counted(compared.items, 'item')}"
    if not compared.fixed + compared.broken and compared.metric == "accuracy":
        return f"{head}right on the very same of {items}: no evidence of a difference"
    if compared.by_draw:
        low, high = (f(d.difference for d in compared.by_draw) for f in (min, max))
        by_draw = f", {len(compared.by_draw)} draws from {100 * low:+.1f} to {100 * high:+.1f}"
    else:
        by_draw = ""
    tail = "" if compared.shown else f": no evidence of a difference; {could_show(compared)}"
    return (
        f"{head}{figures(compared)} ({compared.test}), {compared.fixed} fixed and"
        f" {compared.broken} broken of {items}{by_draw}{tail}"
    )


def _names(compared: Comparison, draws: Mapping[str, int]) -> tuple[str, str]:
    """The names of both arms, which say where the best of several draws stands for its arm."""
    pair = ((compared.arm, compared.arm_draw), (compared.baseline, compared.baseline_draw))
    first, second = (visible(best_name(arm, draws[arm]) if chosen else arm) for arm, chosen in pair)
    return first, second
