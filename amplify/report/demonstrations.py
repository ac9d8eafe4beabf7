"""Print the demonstrations of a run: the first few, or each with all that is known of it."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.brief import cut
from amplify.contract.guard.visible import visible
from amplify.contract.template import Demonstration
from amplify.loop.prompt.arm import PreparedArm, drawn_name
from amplify.report.attributions import share_lines
from amplify.report.faithfulness import measures
from amplify.report.worth import part_lines, worth_lines
from amplify.run.result import FinishedRun

LONGEST = 480
"""The most characters of a demonstration's text that are shown."""

LONGEST_WORD = 60
"""The most characters of a key word that are shown."""

SHORT = 140
"""The most where not all demonstrations are shown."""

FIRST = 3
"""How many demonstrations are shown unless all are asked for."""

MCS = "MCS: how sure the proxy is of a wrong label, from -1 (sure of the true one) to +1"


def print_demonstrations(run: FinishedRun, console: Console, whole: bool) -> None:
    """Print the demonstrations of the focus, and those that were measured: what they are worth,
    and what they add to attributed answers.

    `whole` prints all of them, with their faithfulness, else the first few.
    """
    shown = _print_focus(run, console, whole)
    for name in dict.fromkeys(_measured(run)):
        if name != shown:
            _print_other(run, name, console)
    for line in worth_lines(run.worth) if run.worth is not None else ():
        console.print(Text(visible(line)))


def _print_focus(run: FinishedRun, console: Console, whole: bool) -> str:
    """Print the demonstrations of the focus, those of its best draw; the name of that draw."""
    name = run.record.get("race", {}).get("chosen") or run.verdict.focus
    draws = [arm for arm in run.prepared if arm.plan_name == name]
    best = next(score.best_draw for score in run.scores if score.name == name)
    focus = next((arm for arm in draws if arm.draw == best), draws[0])
    count = len(focus.demonstrations)
    brought = focus.instruction if focus.instruction != run.task.instruction else ""
    if not count and not brought:
        return focus.name
    whole |= focus.name in _measured(run)
    chosen = ", the best on the pool" if best else ""
    which = f" (draw {focus.draw} of {len(draws)}{chosen})" if focus.draw else ""
    first = "" if whole or count <= FIRST else f", the first {FIRST}"
    console.print()
    head = f"{counted(count, 'demonstration')} of {visible(focus.plan_name)}{which}{first}"
    console.print(Text(head, style="bold"))
    if brought:
        console.print(Text("  instruction: " + visible(brought)))
    _print_each(run, focus, console, whole)
    for note in focus.notes:
        console.print(Text("  note: " + visible(note), style="yellow"))
    return focus.name


def _print_each(run: FinishedRun, prepared: PreparedArm, console: Console, whole: bool) -> None:
    """Print each demonstration, with what it is worth and what it adds to attributed answers where
    that was measured.

    Unless they are asked for `whole`, the first few alone.
    """
    worth = run.worth if run.worth is not None and _worth_of(run) == prepared.name else None
    shown = prepared.demonstrations[: None if whole else FIRST]
    for place, demonstration in enumerate(shown):
        text = highlighted(place + 1, demonstration, whole)
        of_worth = () if worth is None else part_lines(worth, place)
        shares = share_lines(run.attributions, prepared.plan_name, prepared.draw, place)
        for line in (*of_worth, *shares):
            text.append(f"\n   {line}", style="magenta")
        console.print(Padding(text, (0, 0, 0, 2)))
    if any(demonstration.mcs is not None for demonstration in shown):
        console.print(Padding(Text(MCS, style="dim"), (0, 0, 0, 2)))


def _worth_of(run: FinishedRun) -> str | None:
    """The name of the draw whose demonstrations' worth was measured."""
    return None if run.worth is None else drawn_name(run.worth.arm, run.worth.draw)


def _measured(run: FinishedRun) -> list[str]:
    """The names of the draws whose worth was measured, or whose answers were attributed."""
    found = run.attributions
    attributed = None if found is None else drawn_name(found.arm, found.draw)
    return [name for name in (_worth_of(run), attributed) if name is not None]


def _print_other(run: FinishedRun, name: str, console: Console) -> None:
    """Print the demonstrations of a draw that is not the best one of the focus."""
    measured = next(arm for arm in run.prepared if arm.name == name)
    if measured.demonstrations:
        console.print()
        head = f"{counted(len(measured.demonstrations), 'demonstration')} of {visible(name)}"
        console.print(Text(head, style="bold"))
        _print_each(run, measured, console, whole=True)


def highlighted(number: int, demonstration: Demonstration, whole: bool = True) -> Text:
    """A demonstration's text with its key words highlighted, its label, MCS and key words.

    Unless it is asked for `whole`, the text is cut short and the faithfulness left out.
    """
    example = demonstration.example
    text = Text(f"{number}. ")
    _append_marked(text, demonstration, LONGEST if whole else SHORT)
    text.append(f"  → {_flat(example.label)}", style="bold")
    if demonstration.mcs is not None:
        text.append(f"  (MCS {demonstration.mcs:+.2f})", style="dim")
    if demonstration.words:
        words = ", ".join(
            f"{visible(cut(w.text, LONGEST_WORD))} {w.score:.3g}" for w in demonstration.words
        )
        text.append(f"\n   key words: {words}", style="cyan")
    if demonstration.faithfulness is not None and whole:
        text.append(f"  {measures(demonstration.faithfulness)}", style="dim")
    return text


def _append_marked(text: Text, demonstration: Demonstration, longest: int) -> None:
    """Append the demonstration's input, its key words set off, up to `longest` characters."""
    source = demonstration.example.text
    marks = {place for word in demonstration.words for place in word.places}
    position = 0
    for start, end in sorted(marks):
        if end > longest:
            break
        text.append(_flat(source[position:start]))
        text.append(_flat(source[start:end]), style="bold reverse")
        position = end
    text.append(_flat(source[position : max(position, longest)]))
    if len(source) > max(position, longest):
        text.append(" …")


def _flat(text: str) -> str:
    return visible(" ".join(text.split("\n")))
