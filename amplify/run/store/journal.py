"""The journal of a run: every reply, a line each, written as it comes."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import msgspec

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.provider import MostTokens
from amplify.run.cost.prices import FREE, Price
from amplify.run.cost.spent import Excess, Spent
from amplify.run.cost.usage import believable, counted_tokens, is_told
from amplify.run.store.attempts import Attempts, FirstReply, attempts_beside
from amplify.run.store.files import open_log, writing
from amplify.run.store.read_back import reading
from amplify.run.store.whole_lines import whole_lines

NOT_CALLED = ("unrecorded", "stopped")
"""The kinds of failure of requests for which no call was made."""


class Journal:
    """`calls.jsonl`, opened for appending.

    `completions` holds its replies by request key, `called` the keys of the calls that were made.
    `attempts` is the file beside it with every attempt, `spent` is what all attempts took, and
    `excess` how far calls went beyond the most that they were to take.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.completions: dict[str, Completion] = {}
        self.called: set[str] = set()
        self.spent = Spent()
        self.excess = Excess()
        self._sent: dict[str, int] = {}
        self._paid: set[str] = set()
        self._unpriced: list[tuple[Completion, MostTokens | None]] = []
        self._charged: list[MostTokens] = []
        self.attempts = Attempts(attempts_beside(path))
        try:
            with writing(path):
                self._file = open_log(path)
        except BaseException:
            self.attempts.close()
            raise
        try:
            with writing(path):
                self._read()
            self._count_attempts()
        except BaseException:
            self.attempts.close()
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
        guessed: MostTokens | None = None,
        cached: bool = False,
    ) -> None:
        """Write an outcome down; it is with the operating system when this returns.

        `request` is the one of this key. `sent` counts the attempts that the outcome took, `cost`
        is what they cost where that is known. `guessed` are the most tokens that the call may have
        taken, where its provider does not count them. `cached` says that the reply came from the
        cache: nothing was sent, nothing paid.
        """
        kind = "failure" if isinstance(outcome, Failure) else "completion"
        line: dict[str, Any] = {"key": key, "arm": request.arm, "item": request.item, kind: outcome}
        line |= {"cached": True} if cached else {"sent": sent, "cost": cost}
        line |= {} if guessed is None else {"guessed": guessed}
        with writing(self.path):
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
        self._keep(key, outcome)

    def spent_at(self, price: Price | None) -> Spent:
        """What all calls so far took; those whose price was not known before cost `price`.

        FREE, the price of a local model, is no price of calls that a service answered.
        """
        if price is FREE:
            return self.spent
        if price is None and (self._unpriced or self._charged):
            self.spent.add_unpriced(0)
        elif price is not None:
            for completion, most in self._unpriced:
                usage = completion.usage
                self.spent.add(0, price.cost(usage, *counted_tokens(usage, most)))
            for charged in self._charged:
                self.spent.add(0, price.most(charged.input, charged.output))
        self._unpriced.clear()
        self._charged.clear()
        return self.spent

    def close(self) -> None:
        self.attempts.close()
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
        for number, line in whole_lines(self._file):
            if line.strip():
                self._line(line, number)

    def _line(self, line: bytes, number: int) -> None:
        hint = "delete that line to have its call made again"
        with reading(self.path, "not a line of a journal", hint, number):
            row = msgspec.json.decode(line, type=_JournalLine)
            if row.completion is not None:
                self._keep(row.key, believable(row.completion))
            elif row.failure is not None:
                self._keep(row.key, row.failure)
            else:
                raise ValueError("it holds neither a completion nor a failure")
            if not row.cached:
                self._count(row)

    def _count(self, row: _JournalLine) -> None:
        """Count what the attempts of a line took."""
        key, cost = row.key, row.cost
        self.spent.calls += row.sent
        self._sent[key] = self._sent.get(key, 0) + row.sent
        if row.completion is not None:
            completion = self.completions[key]
            self._paid.add(key)
            self.spent.untold += not is_told(completion.usage)
            prompt, reply = counted_tokens(completion.usage, row.guessed)
            self.spent.add((prompt or 0) + (reply or 0), 0.0 if cost is None else cost)
            self._unpriced += [(completion, row.guessed)] if cost is None else []

    def _keep(self, key: str, outcome: Completion | Failure) -> None:
        if isinstance(outcome, Completion):
            self.completions[key] = outcome
        if isinstance(outcome, Completion) or outcome.kind not in NOT_CALLED:
            self.called.add(key)

    def _count_attempts(self) -> None:
        """Count the attempts that have no outcome, because a stop or a kill came first."""
        attempts = self.attempts
        for key, count in attempts.counts.items():
            self.spent.calls += max(0, count - self._sent.get(key, 0))
        cut_off = []
        for key, most in attempts.open.items():
            if most is not None and key in self._paid:
                self.excess.learn(self.completions[key].usage, most)
            elif most is not None:
                cut_off.append(attempts.beyond_first(key, most))
        for key, first in attempts.written.items():
            if key not in self._paid:
                self._count_first(first)
        self._charged = [*attempts.charged, *cut_off]
        self.spent.tokens += sum(most.input + most.output for most in self._charged)

    def _count_first(self, first: FirstReply) -> None:
        """Count the first reply of a call that takes two, where no line holds both."""
        prompt, reply = counted_tokens(first.completion.usage, first.most)
        self.spent.tokens += (prompt or 0) + (reply or 0)
        self._unpriced.append((first.completion, first.most))


MOST_SENT = 1_000_000
"""The most attempts at one call that a line may count."""


class _JournalLine(msgspec.Struct):
    """A line of the journal."""

    key: str
    completion: Completion | None = None
    failure: Failure | None = None
    sent: Annotated[int, msgspec.Meta(ge=0, le=MOST_SENT)] = 1
    cost: Annotated[float, msgspec.Meta(ge=0)] | None = None
    guessed: MostTokens | None = None
    cached: bool = False
