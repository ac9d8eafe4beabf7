"""Reads the texts to be labelled one after the other, by the task that reads data files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Literal

from amplify.contract.errors import AmplifyError
from amplify.host.load import Host
from amplify.run.wiring.wire import item_source

InputFormat = Literal["auto", "csv", "jsonl", "lines"]

READER = "builtin/data"
"""The task that reads the files."""

STDIN = "standard input"
"""What messages call the input `-`."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """A text to be labelled; `place` is its file and line, `label` its true label where it has
    one."""

    text: str
    place: str
    label: str | None = None


@dataclass(frozen=True)
class Inputs:
    """The files of the texts; `-` among the `paths` is what comes on `stdin`.

    `text` and `label` name columns, else they are those of `known`, which are the columns of the
    prompt's own data, else columns of a usual name. Only rows that are to be `labelled` have a
    label. `warn` is told each note on a file once.
    """

    paths: Sequence[Path]
    stdin: BinaryIO
    host: Host
    form: InputFormat = "auto"
    text: str | None = None
    label: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    labelled: bool = False
    warn: Callable[[str], None] = lambda note: None
    _notes: set[str] = field(default_factory=set)

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
        items, notes = item_source(READER, options, self.host).items(self.known, self.labelled)
        self._tell(notes)
        for item in items:
            yield InputRow(item.text, item.id, item.label if self.labelled else None)
        self._tell(notes)

    def _tell(self, notes: Sequence[str]) -> None:
        for note in notes:
            if note not in self._notes:
                self._notes.add(note)
                self.warn(note)
