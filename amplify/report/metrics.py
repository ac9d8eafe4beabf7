"""Print what the arms get right label by label: means over labels, rare labels, confusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.loop.answer.class_scores import ClassScore, Metrics, ScoreEstimate
from amplify.loop.answer.score import ArmScore
from amplify.loop.data.classes import rarest, unbalanced

MOST_LABELS = 8
"""With more labels the confusion matrix is a list of the most frequent confusions."""

CONFUSIONS = 8
"""How many of them are listed."""

UNREAD = "unread"


def rare_words(scores: Sequence[ArmScore], classes: Mapping[str, int]) -> str | None:
    """How many answers to items of the rarest labels are right in each arm.

    `classes` counts the test items of each label. None where the classes are not unbalanced, or no
    arm was scored.
    """
    rare = rarest(classes)
    known = [(score.name, score.metrics) for score in scores if score.metrics is not None]
    if not unbalanced(classes) or not rare or not known:
        return None
    parts = []
    for name, metrics in known:
        rows = [row for row in metrics.classes if row.label in rare]
        right, answers = sum(row.right for row in rows), sum(row.support for row in rows)
        parts.append(f"{visible(name)} gets {right} of {answers}")
    names = " and ".join(visible(label) for label in rare)
    head = "the rarest label" if len(rare) == 1 else "the two rarest labels"
    first, *others = parts
    listed = ", ".join([first, *(part.replace(" gets ", " ") for part in others)])
    return f"of {head}, {names}, {listed}"


def print_metrics(scores: Sequence[ArmScore], console: Console, narrow: bool) -> None:
    """Print the means over labels of each arm, the figures of each label, and the confusions.

    As tables, or as lines if `narrow`; nothing where no arm has metrics.
    """
    known = [(score.name, score.metrics) for score in scores if score.metrics is not None]
    if not known:
        console.print(Text("no metrics by label: nothing was scored, or the answers are open"))
        return
    means = [[visible(name), *_mean_cells(metrics)] for name, metrics in known]
    _print_table(["over labels", *MEAN_HEADS], means, console, narrow)
    labels = [row.label for row in known[0][1].classes]
    by_label = [
        [visible(label), visible(name), *_label_cells(metrics.classes[index])]
        for index, label in enumerate(labels)
        for name, metrics in known
    ]
    _print_table(["label", "arm", *LABEL_HEADS], by_label, console, narrow)
    for name, metrics in known:
        if narrow or len(labels) > MOST_LABELS:
            console.print(Text(confusion_words(name, metrics)))
        else:
            heads = [visible(name), *map(visible, labels), UNREAD]
            _print_table(heads, _matrix(metrics), console, narrow)
    console.print(Text(f" {WORDS}", style="dim"))


MEAN_HEADS = ("macro-F1", "95% CI", "balanced", "95% CI", "MCC", "95% CI")
LABEL_HEADS = ("right", "precision", "recall", "F1", "95% CI")
WORDS = (
    "Balanced: balanced accuracy, the mean recall; MCC: from -1 to 1, 0 is chance. Of a matrix the"
    " rows are the labels of the items, the columns the answers."
)


def confusion_words(name: str, metrics: Metrics) -> str:
    """The most frequent wrong answers of an arm, as a line."""
    wrong = [
        (count, row.label, answer)
        for row in metrics.classes
        for answer, count in (*row.answers.items(), (UNREAD, row.unread))
        if count and answer != row.label
    ]
    first = sorted(wrong, key=lambda confusion: -confusion[0])[:CONFUSIONS]
    listed = ", ".join(
        f"{visible(label)} as {visible(answer)} {count}" for count, label, answer in first
    )
    return f"most often confused by {visible(name)}: {listed or 'nothing'}"


def percent(estimate: ScoreEstimate) -> str:
    """The figure in percent, as a macro-F1 stands in the table of arms."""
    return f"{estimate.value:.1%}"


def _mean_cells(metrics: Metrics) -> list[str]:
    return [
        percent(metrics.macro_f1),
        _bounds(metrics.macro_f1),
        percent(metrics.balanced_accuracy),
        _bounds(metrics.balanced_accuracy),
        f"{metrics.mcc.value:.2f}",
        _bounds(metrics.mcc, 1, 2),
    ]


def _label_cells(row: ClassScore) -> list[str]:
    right = f"{row.right}/{row.support}"
    if not row.support:
        return [right, percent(row.precision), *"–––"]
    return [right, *map(percent, (row.precision, row.recall, row.f1)), _bounds(row.f1)]


def _bounds(estimate: ScoreEstimate, scale: float = 100, places: int = 1) -> str:
    if estimate.interval is None:
        return "–"
    low, high = (f"{scale * bound:.{places}f}" for bound in estimate.interval)
    return f"{low} to {high}" if estimate.interval[0] < 0 else f"{low}–{high}"


def _matrix(metrics: Metrics) -> list[list[str]]:
    labels = [row.label for row in metrics.classes]
    return [
        [visible(row.label), *(str(row.answers.get(label, 0)) for label in labels), str(row.unread)]
        for row in metrics.classes
    ]


def _print_table(
    heads: Sequence[str], body: Sequence[Sequence[str]], console: Console, narrow: bool
) -> None:
    if narrow:
        for name, *cells in body:
            values = ", ".join(f"{h} {c}" for h, c in zip(heads[1:], cells, strict=True))
            console.print(Text(f"{name}: {values}"))
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for index, head in enumerate(heads):
        named = not index or head == "arm"
        table.add_column(Text(head), justify="left" if named else "right", overflow="fold")
    for row in body:
        table.add_row(*map(Text, row))
    console.print(table)
