"""Labels a stream of texts into a file, chunk by chunk, so that memory stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from amplify.contract.data import Example, Prediction
from amplify.contract.errors import DataError
from amplify.contract.progress import Advance
from amplify.run.engine.stop_reason import RunStopped
from amplify.run.prompt.inputs import InputRow
from amplify.run.prompt.labeller import Labeller
from amplify.run.prompt.results import (
    AGAIN,
    ResultRow,
    Results,
    append,
    begin,
    merge_retried,
    retried_beside,
)

CHUNK = 256
"""How many texts are handed over together: what a kill loses at most of a local model's work."""

Write = Callable[[str], None]


@dataclass
class Tally:
    """What became of the texts of this command, and how many earlier rows were `kept`.

    `statuses` counts the texts by status, `labels` by the label that they were given. Of texts with
    a true label `correct` are right; `confusion` counts them by the true label and the given one.
    """

    kept: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    correct: int = 0
    confusion: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def add(self, item: InputRow, prediction: Prediction) -> None:
        """Count what a text was labelled with."""
        answered = prediction.status == "answered"
        self.statuses[prediction.status] += 1
        if answered and prediction.answer is not None:
            self.labels[prediction.answer] += 1
        if item.label is not None and prediction.status not in AGAIN:
            given = item.label if prediction.correct else prediction.answer if answered else None
            self.correct += prediction.correct
            self.confusion[item.label, given] += 1

    @property
    def scored(self) -> int:
        """How many texts have a true label and were answered, in whatever way."""
        return self.confusion.total()

    @property
    def undone(self) -> int:
        """How many texts have no answer, as their calls failed or were not made."""
        return sum(self.statuses[status] for status in AGAIN)


def predict(
    labeller: Labeller, items: Iterable[InputRow], results: Results, write: Write, advance: Advance
) -> Tally:
    """Label the texts one chunk after the other; `write` is given each chunk's lines, the header
    with the first, and the header alone where there are no texts.

    It ends where the LLM is asked no more. Raises RunStopped where that is so before anything was
    answered.
    """
    tally = Tally()
    header = [results.header()]

    def write_rows(rows: str) -> None:
        write("".join(header) + rows)
        header.clear()

    _label_rest(labeller, enumerate(items, 1), results, write_rows, advance, tally)
    if header:
        write_rows("")
    return tally


def predict_into(
    labeller: Labeller,
    items: Callable[[], Iterable[InputRow]],
    results: Results,
    path: Path,
    resume: bool,
    advance: Advance,
) -> Tally:
    """As `predict`, into a file, which is begun, or with `resume` gone on with where it is there.

    `items` reads the texts anew. To resume, the texts whose calls failed are asked about first.
    """
    tally, done = Tally(), 0
    if resume and path.exists():
        done = _mend(labeller, items(), results, path, advance, tally)
    else:
        begin(path, results.header())
        retried_beside(path).unlink(missing_ok=True)  # of a file that was there before
    rest = islice(enumerate(items(), 1), done, None)
    _label_rest(labeller, rest, results, partial(append, path), advance, tally)
    return tally


def _mend(
    labeller: Labeller,
    items: Iterable[InputRow],
    results: Results,
    path: Path,
    advance: Advance,
    tally: Tally,
) -> int:
    """Ask again about what failed, and write the file anew; how many rows it then has.

    Rows are added to a file beside it as they come, so that a kill loses none but the last ones.
    """
    if retried_beside(path).exists():
        merge_retried(results, path)
    failed = list(_failed(items, results, path, tally))
    tally.kept -= len(failed)
    rows = iter(failed)
    if failed:
        begin(retried_beside(path), results.header())
    try:
        while labeller.stop is None and (chunk := list(islice(rows, CHUNK))):
            predictions = _labelled(labeller, chunk)
            lines = []
            for (number, item), prediction in zip(chunk, predictions, strict=True):
                lines.append(results.line(number, item, prediction))
                tally.add(item, prediction)
            append(retried_beside(path), "".join(lines))
            advance(len(chunk))
    finally:  # what was answered ahead of an interruption is kept too
        count = merge_retried(results, path)
    return count


def _failed(
    items: Iterable[InputRow], results: Results, path: Path, tally: Tally
) -> Iterator[tuple[int, InputRow]]:
    """The texts that have a row without an answer; DataError where the rows are of other texts."""
    texts = iter(items)
    for number, stored in enumerate(results.stored(path), 1):
        item = next(texts, None)
        if item is None or stored.row != number or stored.text != results.shown(item.text):
            raise DataError(
                f"its row {number:,} is about another text than the input",
                where=str(path),
                hint="give the same input files in the same order, or name another file with -o",
            )
        tally.kept += 1
        if stored.status in AGAIN:
            yield number, item
        elif item.label is not None:
            _count_stored(stored, item.label, results, tally)


def _count_stored(stored: ResultRow, label: str, results: Results, tally: Tally) -> None:
    """Count a row of an earlier command for the score; `label` is its true one."""
    given = stored.label if stored.status == "answered" else None
    correct = given is not None and given.strip() == results.shown(label).strip()
    tally.confusion[label, label if correct else given] += 1
    tally.correct += correct


def _label_rest(
    labeller: Labeller,
    rest: Iterable[tuple[int, InputRow]],
    results: Results,
    write: Write,
    advance: Advance,
    tally: Tally,
) -> None:
    rows = iter(rest)
    while labeller.stop is None and (chunk := list(islice(rows, CHUNK))):
        predictions = _labelled(labeller, chunk)
        lines = []
        for (number, item), prediction in zip(chunk, predictions, strict=True):
            if prediction.status == "prepared" and labeller.stop is not None:
                break  # it, and what follows, was not asked
            lines.append(results.line(number, item, prediction))
            tally.add(item, prediction)
        if lines:
            write("".join(lines))
        advance(len(lines))
    if labeller.stop is not None and not tally.kept and set(tally.statuses) <= {*AGAIN}:
        raise RunStopped.of(labeller.stop, "label")


def _labelled(labeller: Labeller, chunk: Sequence[tuple[int, InputRow]]) -> list[Prediction]:
    items = [Example(item.place, item.text, item.label or "") for _, item in chunk]
    return labeller.label(items)
