"""Print a finished run: the proxy, the demonstrations, the arms, the verdict, the comparisons."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.contract.template import Demonstration
from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.statistics import wilson
from amplify.loop.survey.proxy_report import ProxyReport
from amplify.report.faithfulness import faithfulness_lines, measures
from amplify.report.uninformative_words import uninformative_word_lines
from amplify.report.verdict_table import print_verdict
from amplify.run.result import Run

LONGEST = 480
"""The most characters of a demonstration's text that are shown."""

NARROW = 76
"""In fewer columns the arms are printed as lines: a table would lose its figures."""


def print_run(run: Run, console: Console) -> None:
    """Print the whole report of a run."""
    console.print(_head(run))
    for note in run.record["notes"]:
        console.print(Text("note: " + visible(note), style="yellow"))
    for proxy in run.proxies:
        console.print(Text(proxy_words(proxy)))
    console.print(Text(survey_words(run)))
    _print_demonstrations(run, console)
    for line in (*faithfulness_lines(run.faithfulness), *uninformative_word_lines(run)):
        console.print(Text(line))
    console.print()
    narrow = console.width < NARROW
    if narrow:
        for line in arm_lines(run):
            console.print(Text(line))
    else:
        console.print(arms_table(run))
    print_verdict(run, console, narrow)
    spent = spent_words(run)
    if spent is not None:
        console.print(Text(spent, style="dim"))
    console.print(Text(f"run folder: {visible(run.folder)}", style="dim"))


def _head(run: Run) -> Text:
    task = run.task
    folds = run.plan.split.folds
    splits = f"{len(task.train)} train / {len(task.pool)} pool / {len(task.test)} test items"
    if folds:
        splits = f"{len(task.pool)} pool items in {folds} folds / {len(task.test)} test items"
    text = Text()
    text.append(visible(task.name), style="bold")
    text.append(f"  {splits}, LLM {visible(_model(run))}, seed {run.plan.run.seed}")
    return text


def _model(run: Run) -> str:
    provider = run.record["provider"]
    return f"{provider.get('provider', '?')} {provider.get('model', '')}".strip()


def proxy_words(report: ProxyReport) -> str:
    """The proxy's accuracy against that of the majority class, in a sentence."""
    low, _ = wilson(round(report.accuracy * report.items), report.items)
    warning = "" if low > report.majority else ": no better than chance on this task"
    agreement = (
        ""
        if report.agreement is None
        else f"; it gives the LLM's answer on {report.agreement:.1%} of the surveyed items"
    )
    return (
        f"proxy {visible(report.name)}: {report.accuracy:.1%} right on {report.items} pool items"
        f" that it never saw, the most frequent label {report.majority:.1%}{warning}{agreement}"
    )


def survey_words(run: Run) -> str:
    """Whose errors the selectors used, in a sentence."""
    survey = run.record["survey"]
    if survey["asked"]:
        return (
            f"survey: the LLM, asked with arm {visible(survey['arm'])}, got {survey['wrong']} of"
            f" {survey['asked']} pool items wrong (error source: {survey['errors']})"
        )
    if survey["errors"] is None:
        return "survey: no selector asked for errors"
    if survey["errors"] == "none":
        return "survey: no error source; all pool items are candidates alike (error source: none)"
    if survey["errors"] == "proxy":
        return "survey: the LLM was not asked; errors are the proxy's own (error source: proxy)"
    return "survey: the LLM was not asked"


def _print_demonstrations(run: Run, console: Console) -> None:
    focus = next(arm for arm in run.prepared if arm.plan_name == run.plan.focus)
    count = len(focus.demonstrations)
    if not count:
        return
    console.print()
    console.print(Text(f"{count} demonstrations of arm {visible(focus.name)}", style="bold"))
    for number, demonstration in enumerate(focus.demonstrations, 1):
        console.print(Padding(highlighted(number, demonstration), (0, 0, 0, 2)))
    for note in focus.notes:
        console.print(Text("  note: " + visible(note), style="yellow"))


def highlighted(number: int, demonstration: Demonstration) -> Text:
    """A demonstration's text with its key words highlighted, its label, MCS and key words."""
    example = demonstration.example
    source = example.text
    marks = {place for word in demonstration.words for place in word.places}
    text = Text(f"{number}. ")
    position = 0
    for start, end in sorted(marks):
        if end > LONGEST:
            break
        text.append(_flat(source[position:start]))
        text.append(_flat(source[start:end]), style="bold reverse")
        position = end
    text.append(_flat(source[position : max(position, LONGEST)]))
    if len(source) > max(position, LONGEST):
        text.append(" …")
    text.append(f"  → {_flat(example.label)}", style="bold")
    if demonstration.mcs is not None:
        text.append(f"  (MCS {demonstration.mcs:+.2f})", style="dim")
    if demonstration.words:
        words = ", ".join(f"{visible(w.text)} {w.score:.3g}" for w in demonstration.words)
        text.append(f"\n   key words: {words}", style="cyan")
    if demonstration.faithfulness is not None:
        text.append(f"  {measures(demonstration.faithfulness)}", style="dim")
    return text


def _flat(text: str) -> str:
    return visible(" ".join(text.split("\n")))


def arms_table(run: Run) -> Table:
    """A table of the arms that fits into 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("arm", overflow="fold")
    for name in ("right", "accuracy", "95% CI", "unparsed", "failed", "tokens"):
        table.add_column(name, justify="right", no_wrap=True)
    refused = any(score.refused for score in run.scores)
    if refused:
        table.add_column("refused", justify="right", no_wrap=True)
    for score in run.scores:
        arm = next(a for a in run.record["arms"] if a["name"] == score.name)
        more = [str(score.refused)] if refused else []
        table.add_row(Text(visible(score.name)), *_cells(score, arm["tokens"]), *more)
    return table


def spent_words(run: Run) -> str | None:
    """The calls, tokens and cost of the run; None where no call was made."""
    spent = run.spent
    if not spent.calls or not spent.tokens:
        return None
    total = f"{spent.calls:,} calls, {spent.tokens:,} tokens"
    if spent.untold:
        total += f" ({spent.untold:,} replies did not tell theirs)"
    if run.currency == "":
        return total
    cost = "unknown" if spent.cost is None else f"{spent.cost:.4g} {visible(run.currency or '')}"
    return f"{total}, cost {cost}".rstrip()


def arm_lines(run: Run) -> list[str]:
    """The arms as lines, for a narrow console."""
    lines = []
    for score in run.scores:
        right, accuracy, interval, unparsed, failed, _ = _cells(score, None)
        line = f"{right} right, {accuracy} ({interval}), {unparsed} unparsed, {failed} failed"
        line += f", {score.refused} refused" if score.refused else ""
        lines.append(f"{visible(score.name)}: {line if score.items else 'prepared, not answered'}")
    return lines


def _cells(score: ArmScore, tokens: dict[str, int | None] | None) -> Iterator[str]:
    if score.accuracy is None or score.interval is None:
        yield from (f"–/{score.prepared}", "prepared,", "not answered", "–", "–", "–")
        return
    low, high = score.interval
    yield f"{score.correct}/{score.items}"
    yield f"{score.accuracy:.1%}"
    yield f"{100 * low:.1f}–{100 * high:.1f}%"
    yield str(score.unparsed)
    yield str(score.errors)
    counts = tokens or {}
    if counts.get("input") is None:
        yield "unknown"
        return
    at_least = "≥ " if counts.get("untold") else ""
    yield f"{at_least}{(counts['input'] or 0) + (counts.get('output') or 0):,}"
