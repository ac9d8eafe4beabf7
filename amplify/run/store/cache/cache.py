"""The cache of replies as a run sees it: many are looked up at once, each is put as it comes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from amplify.contract.calls import Completion
from amplify.contract.errors import DataError
from amplify.run.store.cache import claims, table
from amplify.run.store.cache.writer import CacheWriter
from amplify.run.store.read_back import DAMAGE

KEPT_STOPS = frozenset({"end", "length"})
"""How a reply ended that is worth keeping: one that was refused may be given another day."""

DAY = 86_400


@dataclass(frozen=True)
class Contents:
    """What a cache holds: replies by model, the bytes that they take, the time of the oldest.

    `damaged` counts the replies that cannot be read.
    """

    models: dict[str, int]
    size: int
    oldest: float | None
    damaged: int = 0


class Cache:
    """Replies by request key (hex), in a file that several processes may use at a time.

    A put counts as kept once `flush` returns; until then the run's journal holds the reply.
    `damaged` counts the replies that were looked up and could not be read.
    """

    def __init__(self, path: Path, megabytes: int = 1000, days: float | None = None) -> None:
        """`megabytes` is what the file may take; replies older than `days` do not count."""
        self.path = path
        self.most = megabytes * 1_000_000
        self.since = 0 if days is None else int(time.time() - days * DAY)
        self.damaged = 0
        self.owner = claims.new_owner()
        self._reader = table.connect(path)
        self._writer = CacheWriter(path, self.owner, self.most, self.since)

    @property
    def problem(self) -> str:
        """Why the cache keeps no more replies, "" while it does."""
        return self._writer.problem

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The replies to these keys that are there; one that cannot be read is removed."""
        replies, now, damaged = {}, time.time(), []
        with table.cache_errors(self.path):
            rows = list(table.select(self._reader, [bytes.fromhex(k) for k in keys], self.since))
        for key, value, used in rows:
            reply = _decoded(value)
            if reply is None:
                damaged.append(key)
                continue
            replies[key.hex()] = reply
            if not isinstance(used, int) or now - used > DAY:
                self._writer.used(key)
        if damaged:
            self.damaged += len(damaged)
            with table.cache_errors(self.path):
                table.drop(self._reader, damaged)
        return replies

    def put(self, key: str, reply: Completion, model: str | None = None) -> None:
        """Keep a whole reply of a model, soon; one that was refused or filtered is not kept.

        The claim of its key is given up then.
        """
        if reply.stop not in KEPT_STOPS or self.problem:
            self.release([key])
            return
        value, now = msgspec.json.encode(reply), int(time.time())
        self._writer.put((bytes.fromhex(key), value, model or reply.model, now, now))

    def claim(self, keys: Sequence[str]) -> set[str]:
        """Claim calls for this run, by their keys; those of them that no other run has claimed.

        A claim ends when the reply is put, with `release`, or with this process. Where claims
        cannot be kept, all calls are this run's.
        """
        wanted = [bytes.fromhex(key) for key in keys]
        try:
            with table.cache_errors(self.path):
                if not self._writer.has_claims:
                    self._reader.executescript(claims.SCHEMA)
                claimed = claims.take(self._reader, wanted, self.owner, time.time())
        except DataError:
            return set(keys)
        self._writer.claim(claimed)
        return {key.hex() for key in claimed}

    def release(self, keys: Iterable[str]) -> None:
        """Give up claims, once what was put before is kept."""
        self._writer.release(map(bytes.fromhex, keys))

    def held(self, keys: Sequence[str]) -> bool:
        """Whether other runs that are alive have claimed every one of these."""
        with table.cache_errors(self.path):
            return claims.held(self._reader, [bytes.fromhex(k) for k in keys], time.time())

    def flush(self) -> None:
        """Return once everything that was put is on disk."""
        self._writer.flush()

    def contents(self) -> Contents:
        """What the cache holds."""
        self.flush()
        with table.cache_errors(self.path):
            models = self._reader.execute("SELECT model, count(*) FROM reply GROUP BY 1 ORDER BY 1")
            counts = dict(models.fetchall())
            oldest = self._reader.execute("SELECT min(created) FROM reply").fetchone()[0]
            values = self._reader.execute("SELECT value FROM reply")
            damaged = sum(_decoded(value) is None for (value,) in values)
            return Contents(counts, table.size(self._reader), oldest, damaged)

    def seconds(self, model: str, most: int = 1000) -> list[float]:
        """The seconds that calls of a model took: the latest first, at `most` so many."""
        with table.cache_errors(self.path):
            rows = self._reader.execute(
                "SELECT value FROM reply WHERE model = ? ORDER BY created DESC LIMIT ?",
                (model, most),
            ).fetchall()
        replies = [_decoded(value) for (value,) in rows]
        self.damaged += replies.count(None)
        return [reply.seconds for reply in replies if reply is not None]

    def clear(self, days: float | None = None) -> int:
        """Drop every reply, or those older than `days`; how many were dropped."""
        self.flush()
        before = time.time() + DAY if days is None else time.time() - days * DAY
        with table.cache_errors(self.path):
            return table.trim(self._reader, self.most, int(before))

    def close(self) -> None:
        """Write what is left, and close the file."""
        self._writer.close()
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _decoded(value: bytes) -> Completion | None:
    """The reply that a row holds; None where it is damaged."""
    try:
        return msgspec.json.decode(value, type=Completion)
    except DAMAGE:
        return None
