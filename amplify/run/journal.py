"""The journal of a run: every reply, a line each, written as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from amplify.contract.data import Completion, Failure, Request
from amplify.contract.errors import DataError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into an error that names the place."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"cannot be written: {error.strerror or error}",
            where=str(path),
            hint="what was written is kept; make room, or go on elsewhere with --out",
        ) from None


class Journal:
    """`calls.jsonl`, opened for appending; `completions` holds its replies by request key.

    A line that a kill cut off is dropped, and cut from the file, so that the next line starts
    clean.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.completions: dict[str, Completion] = {}
        with writing(path):
            self._read()
            self._file = path.open("a", encoding="utf-8")

    def add(self, key: str, request: Request, outcome: Completion | Failure) -> None:
        """Write an outcome down; it is with the operating system when this returns."""
        kind = "failure" if isinstance(outcome, Failure) else "completion"
        line = {"key": key, "arm": request.arm, "item": request.item, kind: asdict(outcome)}
        with writing(self.path):
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        self._keep(key, outcome)

    def close(self) -> None:
        with writing(self.path):
            self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        if not self.path.exists():
            return
        whole = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                self._line(line, number)
                whole += len(line)
        if whole < self.path.stat().st_size:
            with self.path.open("rb+") as file:
                file.truncate(whole)

    def _line(self, line: bytes, number: int) -> None:
        try:
            row: dict[str, Any] = json.loads(line)
            if "completion" in row:
                self._keep(row["key"], msgspec.convert(row["completion"], Completion))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"not a line of a journal: {error}",
                where=f"{self.path}:{number}",
                hint="delete that line to have its call made again",
            ) from None

    def _keep(self, key: str, outcome: Completion | Failure) -> None:
        if isinstance(outcome, Completion):
            self.completions[key] = outcome
