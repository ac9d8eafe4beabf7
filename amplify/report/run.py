"""Print a finished run: the proxy, the demonstrations, the arms, the verdict, the comparisons."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from amplify.contract.guard.visible import shell_word, visible
from amplify.contract.template import Demonstration
from amplify.loop.answer.reading_differences import reading_words
from amplify.loop.answer.repeats import stability_words
from amplify.loop.compare.statistics import wilson
from amplify.loop.prompt.arm import PreparedArm, drawn_name
from amplify.loop.survey.proxy_report import ProxyReport
from amplify.loop.worth.prompt_worth import PromptWorth
from amplify.report.arms import print_arms
from amplify.report.confidence import print_confidence
from amplify.report.faithfulness import faithfulness_lines, measures
from amplify.report.metrics import print_metrics
from amplify.report.uninformative_words import uninformative_word_lines
from amplify.report.verdict_table import print_verdict
from amplify.report.worth import part_lines, worth_lines
from amplify.run.result import Run

LONGEST = 480
"""The most characters of a demonstration's text that are shown."""

NARROW = 76
"""In fewer columns the arms are printed as lines: a table would lose its figures."""


def print_run(run: Run, console: Console, metrics: bool = False) -> None:
    """Print the whole report of a run; with `metrics` that of the labels too."""
    console.print(_head(run))
    for note in run.record["notes"]:
        console.print(Text("note: " + visible(note), style="yellow"))
    for proxy in run.proxies:
        console.print(Text(proxy_words(proxy)))
    console.print(Text(survey_words(run)))
    shown = _print_demonstrations(run, console)
    if run.worth is not None:
        _print_worth(run, run.worth, shown, console)
    for line in (*faithfulness_lines(run.faithfulness), *uninformative_word_lines(run)):
        console.print(Text(line))
    console.print()
    narrow = console.width < NARROW
    print_arms(run.scores, run.record, console, narrow, run.proxy_scores)
    for score in run.scores:
        if score.stability is not None and score.accuracy is not None:
            words = stability_words(score.name, score.stability, score.accuracy)
            console.print(Text(visible(words)))
    if reading := reading_words(run.scores, run.verdict.focus):
        console.print(Text(visible(reading)))
    if metrics:
        print_metrics([*run.scores, *run.proxy_scores], console, narrow)
    print_confidence(run.scores, console, narrow)
    print_verdict(run, console, narrow)
    spent = spent_words(run)
    if spent is not None:
        console.print(Text(spent, style="dim"))
    console.print(Text(f"run folder: {visible(run.folder)}", style="dim"))
    page = f"web page: amplify report {shell_word(run.folder)}"
    console.print(Text(page, style="dim"), soft_wrap=True)


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


def _print_demonstrations(run: Run, console: Console) -> str:
    """Print the demonstrations of the focus, those of its best draw; the name of that draw."""
    name = run.record.get("race", {}).get("chosen") or run.verdict.focus
    draws = [arm for arm in run.prepared if arm.plan_name == name]
    best = next(score.best_draw for score in run.scores if score.name == name)
    focus = next((arm for arm in draws if arm.draw == best), draws[0])
    count = len(focus.demonstrations)
    brought = focus.instruction if focus.instruction != run.task.instruction else ""
    if not count and not brought:
        return focus.name
    chosen = ", the best on the pool" if best else ""
    which = f" (draw {focus.draw} of {len(draws)}{chosen})" if focus.draw else ""
    head = f"{count} demonstrations of {visible(focus.plan_name)}{which}"
    console.print()
    console.print(Text(head, style="bold"))
    if brought:
        console.print(Text("  instruction: " + visible(brought)))
    worth = run.worth
    measured = worth if worth is not None and _name(worth) == focus.name else None
    _print_each(focus, measured, console)
    for note in focus.notes:
        console.print(Text("  note: " + visible(note), style="yellow"))
    return focus.name


def _print_each(prepared: PreparedArm, worth: PromptWorth | None, console: Console) -> None:
    """Print each demonstration, with what it is worth where that was measured."""
    for place, demonstration in enumerate(prepared.demonstrations):
        text = highlighted(place + 1, demonstration)
        for line in () if worth is None else part_lines(worth, place):
            text.append(f"\n   {line}", style="magenta")
        console.print(Padding(text, (0, 0, 0, 2)))


def _name(worth: PromptWorth) -> str:
    """The name of the draw whose demonstrations were measured."""
    return drawn_name(worth.arm, worth.draw)


def _print_worth(run: Run, worth: PromptWorth, shown: str, console: Console) -> None:
    """Print what was measured of a draw's demonstrations, and these unless they were `shown`."""
    measured = next(arm for arm in run.prepared if arm.name == _name(worth))
    if measured.name != shown:
        console.print()
        head = f"{len(measured.demonstrations)} demonstrations of {visible(measured.name)}"
        console.print(Text(head, style="bold"))
        _print_each(measured, worth, console)
    for line in worth_lines(worth):
        console.print(Text(visible(line)))


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
