"""The attempts of a run: each is on disk before it is made, so that a kill loses none."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import msgspec

from amplify.contract.provider import MostTokens
from amplify.run.store.files import open_log, writing
from amplify.run.store.read_back import reading
from amplify.run.store.whole_lines import whole_lines


def attempts_beside(journal: Path) -> Path:
    """The file of the attempts at a journal's calls."""
    return journal.with_name(f"{journal.stem}-attempts.jsonl")


class Line(msgspec.Struct, omit_defaults=True):
    """An attempt that is made (`most`: what it may take), or one that `failed`, of what kind.

    `charged` says that the service may have charged for the one that failed.
    """

    key: str
    most: MostTokens | None = None
    failed: str | None = None
    charged: bool = False


class Attempts:
    """`calls-attempts.jsonl`: two lines for an attempt that fails, one for one that is answered.

    `counts` is the number of attempts at each call, by its key. `open` holds the most that the last
    attempt at a call may take, where no line says that it failed: it was answered, or cut off.
    `charged` holds the most that each failed attempt may have taken.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: dict[str, int] = {}
        self.open: dict[str, MostTokens | None] = {}
        self.charged: list[MostTokens] = []
        self._file: BinaryIO | None = None
        if path.exists() or path.is_symlink():
            with writing(path):
                self._file = open_log(path)
            try:
                with writing(path):
                    self._read(self._file)
            except BaseException:
                self._file.close()
                raise

    def sent(self, key: str, most: MostTokens | None) -> None:
        """An attempt is about to be made; it is with the operating system when this returns."""
        self._write(Line(key, most))

    def failed(self, key: str, kind: str, charged: bool) -> None:
        """The attempt that was under way has failed."""
        self._write(Line(key, failed=kind, charged=charged))

    def close(self) -> None:
        if self._file is not None:
            with writing(self.path):
                self._file.close()

    def _write(self, line: Line) -> None:
        with writing(self.path):
            if self._file is None:
                self._file = open_log(self.path)
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()

    def _read(self, file: BinaryIO) -> None:
        for number, line in whole_lines(file):
            self._take(line, number)

    def _take(self, line: bytes, number: int) -> None:
        hint = "delete that line: the caps then forget that attempt"
        with reading(self.path, "not a line about an attempt", hint, number):
            row = msgspec.json.decode(line, type=Line)
        if row.failed is None:
            self.counts[row.key] = self.counts.get(row.key, 0) + 1
            self._charge(self.open.get(row.key))  # the one before was cut off
            self.open[row.key] = row.most
            return
        most = self.open.pop(row.key, None)
        if row.charged:
            self._charge(most)

    def _charge(self, most: MostTokens | None) -> None:
        self.charged += [] if most is None else [most]
