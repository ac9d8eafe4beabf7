"""Print what a probe of a plan saw: accuracies, how replies are read, headroom, power and cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible
from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.headroom import Gap, Headroom
from amplify.report.money import money
from amplify.run.cost.prices import FREE
from amplify.run.estimate.estimate import Estimate
from amplify.run.estimate.needed import Needed
from amplify.run.estimate.probe import Probe


def print_probe(
    probe: Probe, needed: Sequence[Needed], estimate: Estimate, console: Console
) -> None:
    """Print what the probe saw, and what a run of this `estimate` needs to show a gain."""
    console.print()
    console.print(Text(f"probe: {counted(probe.items, 'pool item')}, no test item", style="bold"))
    for note in probe.notes:
        console.print(Text("note: " + visible(note), style="yellow"))
    console.print(probe_table(probe.headroom))
    for line in (
        *headroom_lines(probe.headroom),
        *needed_lines(needed, estimate),
        spent_line(probe),
    ):
        console.print(Text(visible(line)))


def probe_table(headroom: Headroom) -> Table:
    """The accuracies of arms and proxies on the probed items, and how the replies were read."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("arm", overflow="fold")
    for head in ("right", "accuracy", "95% CI", "unread", "failed"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("read as", overflow="fold")
    for score in headroom.scores:
        table.add_row(Text(visible(score.name)), *_cells(score))
    if headroom.proxies:
        table.add_section()
    for score in headroom.proxies:
        table.add_row(Text(visible(score.name)), *_cells(score)[:3], "–", "–", "–")
    return table


def _cells(score: ArmScore) -> list[str]:
    if score.accuracy is None or score.interval is None:
        return [f"–/{score.prepared}", "not", "asked", "–", "–", "–"]
    low, high = score.interval
    unread = str(score.unparsed + score.refused)
    read = ", ".join(f"{count} {how}" for how, count in score.read.items()) or "–"
    return [
        f"{score.correct}/{score.answers}",
        f"{score.accuracy:.1%}",
        f"{100 * low:.1f} to {100 * high:.1f}",
        unread,
        str(score.errors),
        read,
    ]


def headroom_lines(headroom: Headroom) -> Iterator[str]:
    """How far the arms are from each other, from the proxies and from the ceiling."""
    compared, discordance = headroom.difference, headroom.discordance
    if compared is not None and discordance is not None:
        low, high = discordance.interval
        yield (
            f"{compared.arm} against {compared.baseline}: {100 * compared.difference:+.1f} points"
            f"{_interval(compared.interval)}; on {discordance.share:.0%} of items ({low:.0%} to"
            f" {high:.0%}) they are discordant: {compared.fixed} right by {compared.arm} alone,"
            f" {compared.broken} by {compared.baseline} alone"
        )
    for score in headroom.scores:
        gaps = [gap_words(gap) for gap in headroom.gaps if gap.arm == score.name]
        if gaps:
            yield f"headroom of {score.name}: {'; '.join(gaps)}"
    ceiling = headroom.ceiling
    if ceiling is None:
        yield "ceiling: unknown; it is estimated from the label noise that a proxy sees"
        return
    low, high = ceiling.interval
    yield (
        f"ceiling: {ceiling.accuracy:.1%} (95% interval {100 * low:.1f} to {100 * high:.1f}), as an"
        f" estimated {1 - ceiling.accuracy:.1%} of the labels of"
        f" {counted(ceiling.items, 'pool item')} are"
        f" wrong, by the proxy {ceiling.proxy}"
    )


def gap_words(gap: Gap) -> str:
    """How far an arm is below a proxy or the ceiling, in points."""
    below = "the ceiling" if gap.below == "ceiling" else f"the {gap.below} on the same items"
    return f"{100 * gap.difference:+.1f} points to {below}{_interval(gap.interval)}"


def _interval(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    return f" (95% interval {100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})"


def needed_lines(needed: Sequence[Needed], estimate: Estimate) -> Iterator[str]:
    """What shows the smallest gain, of prompts and of methods, and what such a run would cost."""
    for row in needed:
        head = f"needed to show {100 * row.gain:g} points of {row.level}s in 4 runs of 5"
        if row.items is None:
            yield f"{head}: no number of draws or items up to 10,000 would do"
            continue
        draws = f" in {counted(row.draws, 'draw')}" if row.draws > 1 else ""
        have = len(estimate.task.test)
        short = f" (the plan has {have:,})" if row.items > have else ""
        sizes = f"{counted(row.items, 'test item')}{short}{draws}"
        yield f"{head}: {sizes}; {cost_words(row, estimate)}"


def cost_words(row: Needed, estimate: Estimate) -> str:
    """What a run of this size would take."""
    if row.calls is None or row.tokens is None or row.most_output is None:
        return "what such a run takes is known to the run alone"
    words = (
        f"such a run makes about {counted(row.calls, 'call')} with {row.tokens:,} prompt tokens"
        " and at most"
        f" {row.most_output:,} of replies"
    )
    if row.cost is None or estimate.price in (None, FREE):
        return words
    assert estimate.price is not None
    return f"{words}, for at most {money(row.cost)} {estimate.price.currency}"


def spent_line(probe: Probe) -> str:
    """What the probe itself took, and whether a run pays for it again."""
    spent = probe.spent
    total = f"the probe made {counted(probe.calls, 'call')}, {counted(spent.tokens, 'token')}"
    if probe.reused:
        total += f" ({counted(probe.reused, 'request')} needed none)"
    if probe.currency:
        cost = "unknown" if spent.cost is None else f"{spent.cost:.4g} {probe.currency}"
        total += f", cost {cost}"
    if probe.kept:
        return f"{total}; a run of this plan finds the replies in the cache"
    again = "no cache is used" if probe.currency != "" else "a local model's replies are not kept"
    return f"{total}; a run asks these again, as {again}"
