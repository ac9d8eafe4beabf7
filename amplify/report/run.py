"""Print a finished run: the verdict and the arms first, then how the prompts came about."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.console import Console
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import shell_word, visible
from amplify.loop.answer.reading_differences import reading_words
from amplify.loop.answer.repeats import stability_words
from amplify.loop.compare.statistics import wilson
from amplify.loop.survey.proxy_report import ProxyReport
from amplify.report.arms import print_arms, with_bare_names
from amplify.report.attributions import print_attributions
from amplify.report.confidence import print_confidence
from amplify.report.demonstrations import print_demonstrations
from amplify.report.faithfulness import faithfulness_lines
from amplify.report.metrics import print_metrics
from amplify.report.parts import OF_A_RUN
from amplify.report.tune.race import print_race
from amplify.report.uninformative_words import uninformative_word_lines
from amplify.report.verdict_table import print_comparisons, print_verdict
from amplify.run.result import FinishedRun

NARROW = 76
"""In fewer columns the arms are printed as lines: a table would lose its figures."""


def print_run(run: FinishedRun, console: Console, show: Collection[str]) -> None:
    """Print the report of a run: its result, then what it rests on.

    `show` names parts of it that are shown on request alone.
    """
    narrow, proxies = console.width < NARROW, with_bare_names(run.proxy_scores)
    console.print(_head(run))
    console.print()
    print_verdict(run, console, "verdict" in show)
    if narrow:
        console.print()
    print_arms(run.scores, run.record, console, narrow, proxies, "calls" in show)
    for line in _arm_lines(run):
        console.print(Text(visible(line)))
    if "metrics" in show:
        print_metrics([*run.scores, *proxies], console, narrow)
    print_confidence(run.scores, console, narrow)
    console.print()
    print_comparisons(run, console, narrow)
    if "race" in run.record:
        console.print()
        print_race(run.record["race"], console)
    print_demonstrations(run, console, "demonstrations" in show)
    if run.attributions is not None:
        print_attributions(run.attributions, console)
    console.print()
    for line in _made_lines(run, whole="demonstrations" in show):
        console.print(Text(line))
    for note in run.record["notes"]:
        console.print(Text("note: " + visible(note), style="yellow"))
    _print_end(run, console, show)


def _print_end(run: FinishedRun, console: Console, show: Collection[str]) -> None:
    """Print what the run took, where it is, and how to see more of it."""
    spent = spent_words(run)
    if spent is not None:
        console.print(Text(spent, style="dim"))
    console.print(Text(f"run folder: {visible(run.folder)}", style="dim"))
    more = [part for part in OF_A_RUN if part not in show]
    if more:
        words = f"more: {_again(run)} {','.join(more)}"
        console.print(Text(words, style="dim"), soft_wrap=True)
    if _has_prompt(run):
        use = f"use it: amplify predict {shell_word(run.folder)} new.csv"
        console.print(Text(use, style="dim"), soft_wrap=True)
    page = f"web page: amplify report {shell_word(run.folder)}"
    console.print(Text(page, style="dim"), soft_wrap=True)


def _again(run: FinishedRun) -> str:
    """The command that shows the run again; where it would make calls, the option for it alone."""
    if run.failed or run.stop is not None:
        return "with the line that goes on, --show"
    command = "tune" if run.plan.tune is not None else "run"
    return f"amplify {command} --resume --out {shell_word(run.folder)} --show"


def _has_prompt(run: FinishedRun) -> bool:
    """Whether the run was answered and, if it is a tune, has chosen a prompt."""
    answered = any(score.accuracy is not None for score in run.scores)
    return answered and run.record.get("race", {}).get("chosen", "") is not None


def _arm_lines(run: FinishedRun) -> Iterator[str]:
    """How stable answers to repeats are, and where arms are not read alike."""
    for score in run.scores:
        if score.stability is not None and score.accuracy is not None:
            yield stability_words(score.name, score.stability, score.accuracy)
    if reading := reading_words(run.scores, run.verdict.focus):
        yield reading


def _made_lines(run: FinishedRun, whole: bool) -> Iterator[str]:
    """How the prompts came about: the proxies, the survey, the explanations.

    Of the explanations those of the focus, and of the other arms too if `whole`.
    """
    yield from map(survey_proxy_words, run.proxies)
    if words := survey_words(run):
        yield words
    arms = [arm["name"] for arm in run.record["arms"]] if whole else [run.verdict.focus]
    yield from faithfulness_lines({k: v for k, v in run.faithfulness.items() if k in arms})
    yield from uninformative_word_lines(run, arms)


def _head(run: FinishedRun) -> Text:
    task = run.task
    folds = run.plan.split.folds
    splits = (
        f"{len(task.train)} train / {len(task.pool)} pool / {counted(len(task.test), 'test item')}"
    )
    if folds:
        splits = (
            f"{counted(len(task.pool), 'pool item')} in {folds} folds /"
            f" {counted(len(task.test), 'test item')}"
        )
    text = Text()
    text.append(visible(task.name), style="bold")
    text.append(f"  {splits}, LLM {visible(_model(run))}, seed {run.plan.run.seed}")
    return text


def _model(run: FinishedRun) -> str:
    provider = run.record["provider"]
    return f"{provider.get('provider', '?')} {provider.get('model', '')}".strip()


def survey_proxy_words(report: ProxyReport) -> str:
    """The proxy's accuracy against that of the majority class, in a sentence."""
    low, _ = wilson(round(report.accuracy * report.items), report.items)
    warning = "" if low > report.majority else ": no better than chance on this task"
    agreement = (
        ""
        if report.agreement is None
        else f"; it gives the LLM's answer on {report.agreement:.1%} of the surveyed items"
    )
    return (
        f"proxy {visible(report.name)}: {report.accuracy:.1%} right on"
        f" {counted(report.items, 'pool item')}"
        f" that it never saw, the most frequent label {report.majority:.1%}{warning}{agreement}"
    )


def survey_words(run: FinishedRun) -> str:
    """Whose errors the selectors used, in a sentence; empty where none needs any."""
    survey = run.record["survey"]
    if survey["asked"]:
        return (
            f"survey: the LLM, asked with arm {visible(survey['arm'])}, got {survey['wrong']} of"
            f" {counted(survey['asked'], 'pool item')} wrong (error source: {survey['errors']})"
        )
    if survey["errors"] is None:
        return ""
    if survey["errors"] == "none":
        return "survey: no error source; all pool items are candidates alike (error source: none)"
    if survey["errors"] == "proxy":
        return "survey: the LLM was not asked; errors are the proxy's own (error source: proxy)"
    return "survey: the LLM was not asked"


def spent_words(run: FinishedRun) -> str | None:
    """The calls, tokens and cost of the run; None where no call was made."""
    spent = run.spent
    if not spent.calls or not spent.tokens:
        return None
    of_all = ""
    if run.plan.tune is not None:
        of_all = " in all (the race, the test and what they need; a kept reply takes none)"
    total = f"{counted(spent.calls, 'call')}{of_all}, {counted(spent.tokens, 'token')}"
    if spent.untold:
        total += f" ({counted(spent.untold, 'reply', 'replies')} did not tell theirs)"
    if run.currency == "":
        return total
    cost = "unknown" if spent.cost is None else f"{spent.cost:.4g} {visible(run.currency or '')}"
    return f"{total}, cost {cost}".rstrip()
