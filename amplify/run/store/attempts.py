"""The attempts of a run at its calls: each is on disk before it is made, so that none is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from amplify.contract.calls import Completion
from amplify.contract.provider import MostTokens
from amplify.run.cost.usage import believable, counted_tokens
from amplify.run.store.files import open_log, writing
from amplify.run.store.read_back import reading
from amplify.run.store.whole_lines import whole_lines


def attempts_beside(journal: Path) -> Path:
    """The file of the attempts at a journal's calls."""
    return journal.with_name(f"{journal.stem}-attempts.jsonl")


class AttemptLine(msgspec.Struct, omit_defaults=True):
    """An attempt that is made, with the `most` tokens that it may take, or the kind in which one
    `failed`.

    `charged` says that the service may have charged for the one that failed. `written` is the first
    reply of a call that takes two, where the second is yet to come.
    """

    key: str
    most: MostTokens | None = None
    failed: str | None = None
    charged: bool = False
    written: Completion | None = None


@dataclass(frozen=True, slots=True)
class FirstReply:
    """The first reply of a call that takes two, and the `most` tokens that both may take."""

    completion: Completion
    most: MostTokens | None

    def rest_of(self, most: MostTokens) -> MostTokens:
        """The most that the second call may take, of the `most` that both may take."""
        prompt, reply = counted_tokens(self.completion.usage, self.most)
        return MostTokens(max(0, most.input - (prompt or 0)), max(0, most.output - (reply or 0)))


class Attempts:
    """`calls-attempts.jsonl`: two lines for an attempt that fails, one for one that is answered.

    An attempt of two calls has a line more, for its first reply.

    `counts` is the number of attempts at each call, by its key. `open` holds the most that the last
    attempt at a call may take, where no line says that it failed: it was answered, or cut off.
    `charged` holds the most that each failed attempt may have taken. `written` holds, by the key of
    a call that takes two, the first reply.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: dict[str, int] = {}
        self.open: dict[str, MostTokens | None] = {}
        self.charged: list[MostTokens] = []
        self.written: dict[str, FirstReply] = {}
        self._file: BinaryIO | None = None
        if path.exists() or path.is_symlink():
            with writing(path):
                self._file = open_log(path)
            try:
                with writing(path):
                    for number, line in whole_lines(self._file):
                        self._take(line, number)
            except BaseException:
                self._file.close()
                raise

    def sent(self, key: str, most: MostTokens | None) -> None:
        """Write down that an attempt is about to be made, which takes at most so many tokens.

        The line is with the operating system when this returns.
        """
        self._write(AttemptLine(key, most))

    def failed(self, key: str, kind: str, charged: bool) -> None:
        """Write down that the attempt under way has failed, and the kind of its failure.

        `charged` says that the service may charge for it.
        """
        self._write(AttemptLine(key, failed=kind, charged=charged))

    def wrote(self, key: str, first_reply: FirstReply) -> None:
        """Write the first reply down that the attempt under way has got of a call that takes two.

        It is with the operating system when this returns.
        """
        self.written[key] = first_reply
        self._write(AttemptLine(key, first_reply.most, written=first_reply.completion))

    def beyond_first(self, key: str, most: MostTokens) -> MostTokens:
        """What an attempt may take of its `most`, beyond a first reply, which counts apart."""
        first = self.written.get(key)
        return most if first is None else first.rest_of(most)

    def close(self) -> None:
        if self._file is not None:
            with writing(self.path):
                self._file.close()

    def _write(self, line: AttemptLine) -> None:
        with writing(self.path):
            if self._file is None:
                self._file = open_log(self.path)
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()

    def _take(self, line: bytes, number: int) -> None:
        hint = "delete that line: the caps then forget that attempt"
        with reading(self.path, "not a line about an attempt", hint, number):
            row = msgspec.json.decode(line, type=AttemptLine)
        if row.written is not None:
            self.open.pop(row.key, None)
            self.written[row.key] = FirstReply(believable(row.written), row.most)
            return
        if row.failed is None:
            self.counts[row.key] = self.counts.get(row.key, 0) + 1
            self._charge(row.key, self.open.get(row.key))  # the one before was cut off
            self.open[row.key] = row.most
            return
        most = self.open.pop(row.key, None)
        if row.charged:
            self._charge(row.key, most)

    def _charge(self, key: str, most: MostTokens | None) -> None:
        if most is not None:
            self.charged.append(self.beyond_first(key, most))
