"""Print what `amplify plan` shows: phases, cost and time first, the resolved plan on request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import tomli_w
from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.brief import cut
from amplify.contract.guard.visible import visible, visible_lines
from amplify.loop.compare.outlook import (
    Outlook,
    PromptOutlook,
    outlook_words,
    prompt_outlook_words,
)
from amplify.loop.prompt.arm import drawn_name
from amplify.report.money import money
from amplify.run.cost.prices import FREE
from amplify.run.estimate.estimate import Estimate
from amplify.run.estimate.phases import Phase, total

UNKNOWN = "unknown"

LONGEST_PROMPT = 20_000
"""The most characters of the prompt that are shown."""


def print_estimate(
    estimate: Estimate,
    console: Console,
    prompts: PromptOutlook | None = None,
    show: Collection[str] = (),
) -> None:
    """Print the phases with calls and tokens, cost and time, what the run can show, and a prompt.

    Below the phases stand what draws multiply, and the power of the focus against its baseline, as
    methods and as `prompts`. `show` may ask for the resolved plan ("toml").
    """
    console.print(_head(estimate))
    console.print(phases_table(estimate))
    console.print(Text(price_words(estimate)))
    console.print(Text(time_words(estimate)))
    for line in (*draw_lines(estimate), *power_lines(estimate, prompts)):
        console.print(Text(visible(line)))
    for note in (*estimate.notes, *estimate.task.notes):
        console.print(Text("note: " + visible(note), style="yellow"))
    title = f"one prompt of arm {visible(drawn_name(estimate.arm, estimate.draw))}"
    if estimate.stand_ins:
        title += " (random items and words stand in for those that the run will choose)"
    console.print()
    console.print(Text(title, style="bold"))
    console.print(Panel(Text(visible_lines(cut(estimate.prompt.text, LONGEST_PROMPT)))))
    if "toml" in show:
        table = visible_lines(tomli_w.dumps(estimate.plan.table()))
        console.print(Syntax(table, "toml", background_color="default"))
    else:
        console.print(Text("more: --show toml prints the resolved plan", style="dim"))


def _head(estimate: Estimate) -> Text:
    """What the plan is about, in a line or two."""
    plan, task = estimate.plan, estimate.task
    sizes = (
        f"{len(task.train)} train / {len(task.pool)} pool / {counted(len(task.test), 'test item')}"
    )
    arms = ", ".join(arm.name for arm in plan.arms)
    text = Text(visible(task.name), style="bold")
    text.append(
        f"  {sizes}, LLM {visible(plan.llm.use)}, {counted(len(plan.arms), 'arm')}: ",
        style="not bold",
    )
    return text.append(visible(arms), style="not bold")


def phases_table(estimate: Estimate) -> Table:
    """A table of the phases and their total."""
    about = "" if estimate.counted else "about "
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("phase", overflow="fold")
    names = ["calls", "prompt tokens", "reply tokens ≤"]
    # A column that is unknown for all phases is left out; a line below the table says why.
    names += ["cost ≤"] if estimate.price not in (None, FREE) else []
    names += ["time"] if any(phase.seconds is not None for phase in estimate.phases) else []
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for phase in estimate.phases:
        name = visible(phase.name) + (f", {phase.draws} draws" if phase.draws > 1 else "")
        table.add_row(*map(Text, (name, *_cells(phase, estimate, about, names))))
    table.add_section()
    summed = total("total", estimate.phases)
    table.add_row(*map(Text, ("total", *_cells(summed, estimate, about, names))))
    return table


def _cells(phase: Phase, estimate: Estimate, about: str, names: Sequence[str]) -> Iterator[str]:
    yield UNKNOWN if phase.calls is None else f"{phase.calls:,}"
    yield UNKNOWN if phase.tokens is None else f"{about}{phase.tokens:,}"
    yield UNKNOWN if phase.most_output is None else f"{phase.most_output:,}"
    currency = visible(estimate.price.currency) if estimate.price else ""
    if "cost ≤" in names:
        yield UNKNOWN if phase.cost is None else f"{money(phase.cost)} {currency}"
    if "time" in names:
        yield UNKNOWN if phase.seconds is None else f"about {duration_words(phase.seconds)}"


def draw_lines(estimate: Estimate) -> Iterator[str]:
    """What the draws multiply, and what is made once for all of them; nothing for one draw."""
    arms: dict[int, list[str]] = {}
    for name, draws in estimate.draws.items():
        if draws > 1:
            arms.setdefault(draws, []).append(name)
    if not arms:
        return
    counts = [f"{draws} each of {', '.join(names)}" for draws, names in arms.items()]
    once = f"; made once for all draws: {', '.join(estimate.shared)}" if estimate.shared else ""
    yield f"draws: {'; '.join(counts)}{once}"


def power_lines(estimate: Estimate, prompts: PromptOutlook | None) -> Iterator[str]:
    """What the run can show of its focus, as one of `prompts` and as a method.

    Nothing is said of methods where no demonstrations are drawn, nor of prompts without an outlook.
    """
    if prompts is not None:
        pair = f"{estimate.plan.focus} against {estimate.plan.baseline}"
        best = ", the best draws of both" if estimate.compared_draws > 1 else ""
        counted = _comparisons(prompts.comparisons)
        words = prompt_outlook_words(prompts)
        yield f"power, {pair} as prompts{best}, among {counted}: {words}"
    outlook = estimate.outlook
    if outlook is None:
        return
    yield power_words(estimate.plan.focus, estimate.plan.baseline, outlook)
    yield variance_words(outlook)


def power_words(focus: str, baseline: str | None, outlook: Outlook) -> str:
    """The power with which a gain of the focus over its baseline, as methods, is shown."""
    counted = _comparisons(outlook.comparisons)
    pair = f"{focus} against {baseline}"
    return f"power, {pair} as methods, among {counted}: {outlook_words(outlook)}"


def _comparisons(count: int) -> str:
    return counted(count, "comparison")


def variance_words(outlook: Outlook) -> str:
    """The variances on which the power rests."""
    variances = outlook.variances
    spread = 100 * variances.draw**0.5
    differ = variances.draw + variances.item + variances.rest
    return (
        "power is by default variances, which are typical of small LLMs: over draws the difference"
        f" of two arms has a standard deviation of {spread:.0f} points, and their prompts differ on"
        f" {differ:.0%} of items; the run measures its own"
    )


def price_words(estimate: Estimate) -> str:
    """Where the price comes from, or how to give one."""
    price = estimate.price
    if price is None:
        return "price: unknown; give the model's in a TOML file, --prices FILE (or AMPLIFY_PRICES)"
    if price is FREE:
        return "price: none, this machine answers"
    return (
        f"price: {price.input:g} {visible(price.currency)} for a million tokens of prompt,"
        f" {price.output:g} of reply, by {visible(price.source)} of {price.date}; all as if no"
        " prompt were cached"
    )


def time_words(estimate: Estimate) -> str:
    """What the estimate of the time rests on."""
    calls = estimate.plan.calls
    limits = [
        f"{value:,g} {unit} a minute"
        for value, unit in (
            (calls.requests_per_minute, "calls"),
            (calls.tokens_per_minute, "tokens"),
        )
        if value is not None
    ]
    if estimate.latency is not None:
        basis = f"a call took {estimate.latency:.3g} s (median of the cache)"
        return f"time: {', '.join([basis, f'{calls.concurrency} in flight', *limits])}"
    if limits:
        return f"time: at least, by {', '.join(limits)}; how long a call takes is not known"
    if estimate.price is FREE:
        return "time: unknown; what this machine answers is not kept to tell it by"
    return "time: unknown; how long a call takes is known once the cache holds replies"


def duration_words(seconds: float) -> str:
    """Seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
