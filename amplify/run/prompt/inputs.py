"""Reads the texts to be labelled one after the other, by the task that reads data files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Literal

from amplify.contract.errors import AmplifyError, DataError
from amplify.host.load import Host
from amplify.run.wiring.wire import item_source

InputFormat = Literal["auto", "csv", "jsonl", "lines"]

READER = "builtin/data"
"""The task that reads the files."""

STDIN = "standard input"
"""What messages call the input `-`."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """A text to be labelled; `place` is its file and line, or its file and row where it has an id.

    `label` is its true label where it has one, and `id` the identifier that its file gives it.
    """

    text: str
    place: str
    label: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class Inputs:
    """The files of the texts; `-` among the `paths` is what comes on `stdin` (None: closed).

    `text`, `label` and `id` name columns, else they are those of `known`, which are the columns of
    the prompt's own data, else columns of a usual name. Only rows that are to be `labelled` have a
    label. `warn` is told each note on a file once.
    """

    paths: Sequence[Path]
    stdin: BinaryIO | None
    host: Host
    form: InputFormat = "auto"
    text: str | None = None
    label: str | None = None
    id: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    labelled: bool = False
    warn: Callable[[str], None] = lambda note: None
    _notes: set[str] = field(default_factory=set)

    def begun(self) -> tuple[bool, Callable[[], Iterator[InputRow]]]:
        """Whether the first row has an id, and a function that returns the rows from the first."""
        rows = self.rows()
        first = list(islice(rows, 1))
        opened = [chain(first, rows)]
        return any(
            row.id is not None for row in first
        ), lambda: opened.pop() if opened else self.rows()

    def rows(self) -> Iterator[InputRow]:
        """The rows of the files, one file after the other, from the first.

        DataError with file and line where a row cannot be read.
        """
        for path in self.paths:
            if str(path) == "-":
                yield from self._stdin_rows()
            else:
                yield from self._rows(path)

    def _stdin_rows(self) -> Iterator[InputRow]:
        """The rows of the standard input, which is read to its end first, into a file."""
        if self.stdin is None:
            raise DataError("is closed", where=STDIN, hint="give the texts as files")
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "read" / STDIN
            copy.parent.mkdir()
            with copy.open("wb") as file:
                shutil.copyfileobj(self.stdin, file)
            try:
                for row in self._rows(copy):
                    yield replace(row, place=row.place.replace(str(copy), STDIN, 1))
            except AmplifyError as error:
                error.where = error.where.replace(str(copy), STDIN)
                error.hint = error.hint.replace(str(copy), STDIN)
                raise

    def _rows(self, path: Path) -> Iterator[InputRow]:
        options = {"path": str(path), "format": self.form}
        options |= {"text": self.text} if self.text is not None else {}
        options |= {"label": self.label} if self.label is not None else {}
        options |= {"id": self.id} if self.id is not None else {}
        reader = item_source(READER, options, self.host)
        items, notes, named = reader.items(self.known, self.labelled)
        self._tell(notes)
        for number, item in enumerate(items, 1):
            label = item.label if self.labelled else None
            if named:
                yield InputRow(item.text, f"{path}: row {number}", label, item.id)
            else:
                yield InputRow(item.text, item.id, label)
        self._tell(notes)

    def _tell(self, notes: Sequence[str]) -> None:
        for note in notes:
            if note not in self._notes:
                self._notes.add(note)
                self.warn(note)
