"""Print what the LLM's answers to single items rest on: demonstrations, rationales and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.brief import cut
from amplify.contract.guard.visible import visible
from amplify.loop.prompt.arm import drawn_name
from amplify.loop.worth.answer_attribution import (
    AnswerAttribution,
    AnswerAttributions,
    PartsAttribution,
    PartShare,
)
from amplify.loop.worth.prompt_parts import Kind
from amplify.report.faithfulness import conclusion

MOST_WORDS = 6
"""The most words of an item, or of the instruction, that are listed, the largest shares first."""

LONGEST = 60
"""The most characters of an item that are shown."""

ABOUT = "each is about one answer to one prompt, and claims nothing of the method or of other items"

NAMES: dict[Kind, str] = {
    "demonstrations": "demonstrations",
    "rationales": "rationales",
    "item": "words of the item",
    "instruction": "words of the instruction",
}


def print_attributions(attributions: AnswerAttributions, console: Console) -> None:
    """Print a table of the attributed answers, and how far the attributions can be trusted."""
    console.print()
    head, *rest = attribution_lines(attributions)
    console.print(Text(visible(head), style="bold"))
    if attributions.answers:
        console.print(_table(attributions.answers))
    for line in rest:
        console.print(Text(visible(line)))


def attribution_lines(attributions: AnswerAttributions) -> Iterator[str]:
    """What was attributed and how, and whether it is better than chance."""
    name = drawn_name(attributions.arm, attributions.draw)
    yield (
        f"{counted(len(attributions.answers), 'answer')} of {name} attributed by"
        f" {attributions.method}: what each part adds to the {attributions.of} of the answer"
    )
    for kind, check in attributions.checks.items():
        yield (
            f"{NAMES[kind]}: {check.better} of {check.measured} attributions beat random ones:"
            f" {conclusion(check, 'random attributions')}"
        )
    if attributions.answers:
        yield ABOUT
    if attributions.errors:
        lacking = counted(attributions.errors, "answer is", "answers are")
        yield f"{lacking} not attributed, as a call failed"
    if not attributions.whole:
        yield "not all answers are attributed, as the run was stopped"


def answer_lines(answer: AnswerAttribution) -> Iterator[str]:
    """What the answer rests on, kind of part by kind of part."""
    for parts in answer.parts:
        yield f"{NAMES[parts.kind]}: {_summary(parts, answer.value)}"


def share_lines(
    attributions: AnswerAttributions | None, arm: str, draw: int, place: int
) -> Iterator[str]:
    """What the demonstration at a place, and its rationale, add to the attributed answers of the
    draw of the arm; nothing where none are."""
    if attributions is None or (attributions.arm, attributions.draw) != (arm, draw):
        return
    kinds: tuple[Kind, ...] = ("demonstrations", "rationales")
    lines = (mean_share_line(attributions, kind, place) for kind in kinds)
    yield from (line for line in lines if line is not None)


def mean_share_line(attributions: AnswerAttributions, kind: Kind, place: int) -> str | None:
    """What a demonstration, or its rationale, adds to the attributed answers on average; None
    where no answer has a share of it."""
    known = [parts for answer in attributions.answers if (parts := answer.of(kind)) is not None]
    shares = [share.share for parts in known for share in parts.shares if share.place == place]
    if not shares:
        return None
    what = "rationale in" if kind == "rationales" else "in"
    answers = counted(len(shares), "answer")
    spread = "" if len(shares) == 1 else f" ({min(shares):+.2f} to {max(shares):+.2f})"
    mean = sum(shares) / len(shares)
    return f"{what} {answers}: {mean:+.2f}{spread} to the {attributions.of} of the answer"


def _table(answers: Sequence[AnswerAttribution]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("item", overflow="fold")
    table.add_column("answer")
    table.add_column("what it rests on", overflow="fold")
    for answer in answers:
        right = "" if answer.answer == answer.label else f" (true: {answer.label})"
        item = f"{answer.item}: {cut(' '.join(answer.text.split()), LONGEST)}"
        table.add_row(
            Text(visible(item)),
            Text(visible(f"{answer.answer} {answer.value:+.2f}{right}")),
            Text("\n".join(map(visible, answer_lines(answer)))),
        )
    return table


def _summary(parts: PartsAttribution, value: float) -> str:
    """The shares of some parts, and the value of the answer without any of them."""
    numbered = parts.kind in ("demonstrations", "rationales")
    shares = list(parts.shares)
    if not numbered:
        shares = sorted(shares, key=lambda share: -abs(share.share))[:MOST_WORDS]
    listed = ", ".join(f"{_called(share, numbered)} {share.share:+.2f}" for share in shares)
    more = "" if len(shares) == len(parts.shares) else ", …"
    return f"{listed or 'no share'}{more}; {parts.bare:+.2f} without any, {value:+.2f} with all"


def _called(share: PartShare, numbered: bool) -> str:
    """A part's name in a list: the number of a demonstration, which counts from 1, or a word."""
    return str(share.place + 1) if numbered else share.text
