"""The journal of a run: every reply, a line each, written as it comes."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from amplify.contract.calls import Completion, Failure, Request, Usage
from amplify.contract.errors import DataError
from amplify.run.files import open_log, writing
from amplify.run.prices import FREE, Price
from amplify.run.spent import Spent


class Journal:
    """`calls.jsonl`, opened for appending; `completions` holds its replies by request key.

    A line that a kill cut off is dropped, and cut from the file, so that the next line starts
    clean.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.completions: dict[str, Completion] = {}
        self.spent = Spent()
        self._unpriced: list[Usage] = []
        with writing(path):
            self._file = open_log(path)
        try:
            with writing(path):
                self._read()
        except BaseException:
            self._file.close()
            raise

    def add(
        self,
        key: str,
        request: Request,
        outcome: Completion | Failure,
        *,
        sent: int = 1,
        cost: float | None = None,
        cached: bool = False,
    ) -> None:
        """Write an outcome down; it is with the operating system when this returns.

        `sent` counts the attempts that it took, `cost` is what they cost where that is known, and
        `cached` says that it came from the cache: nothing was sent, nothing paid.
        """
        kind = "failure" if isinstance(outcome, Failure) else "completion"
        line: dict[str, Any] = {"key": key, "arm": request.arm, "item": request.item, kind: outcome}
        line |= {"cached": True} if cached else {"sent": sent, "cost": cost}
        with writing(self.path):
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
        self._keep(key, outcome)

    def value(self, price: Price | None) -> Spent:
        """What all calls so far took; those whose price was not known then have it by now.

        The price of nothing is no other call's.
        """
        if price is FREE:
            return self.spent
        for usage in self._unpriced:
            self.spent.add(0, None if price is None else price.cost(usage))
        self._unpriced.clear()
        return self.spent

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
        whole = 0
        self._file.seek(0)
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                self._file.truncate(whole)
                break
            self._line(line, number)
            whole += len(line)

    def _line(self, line: bytes, number: int) -> None:
        try:
            row: dict[str, Any] = msgspec.json.decode(line)
            done = None
            if "completion" in row:
                done = msgspec.convert(row["completion"], Completion)
                self._keep(row["key"], done)
            if not row.get("cached"):
                self.spent.calls += row.get("sent", 1)
                if done is not None:
                    tokens = (done.usage.input or 0) + (done.usage.output or 0)
                    cost = row.get("cost")
                    self.spent.add(tokens, 0.0 if cost is None else cost)
                    self._unpriced += [done.usage] if cost is None else []
        except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"not a line of a journal: {error}",
                where=f"{self.path}:{number}",
                hint="delete that line to have its call made again",
            ) from None

    def _keep(self, key: str, outcome: Completion | Failure) -> None:
        if isinstance(outcome, Completion):
            self.completions[key] = outcome
