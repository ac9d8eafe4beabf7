"""The cache as a run sees it: look many up at once, put one at a time, never wait for the disk."""

from __future__ import annotations

import queue
import sqlite3
import threading
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
from amplify.run.store.read_back import DAMAGE

KEPT_STOPS = frozenset({"end", "length"})
"""Why a reply may have ended to be worth keeping: a refusal may be lifted another day."""

DAY = 86_400

MOST_ROWS = 500
"""Rows in one transaction."""

RENEW = claims.LEASE / 3
"""Seconds after which claims are renewed."""

LINGER = 0.05
"""Seconds that the writer waits for more rows, so that it has many for one transaction."""


@dataclass(frozen=True)
class _Release:
    """Claims that are given up."""

    keys: tuple[bytes, ...]


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
    """Replies by request key (hex). `problem` says why it keeps nothing more, once it cannot;
    `damaged` counts the replies that were met and could not be read.

    One thread writes, many replies in a transaction. A put counts as kept once `flush` returns;
    until then the run's journal holds the reply. Several processes may use the same file.
    """

    def __init__(self, path: Path, megabytes: int = 1000, days: float | None = None) -> None:
        self.path = path
        self.most = megabytes * 1_000_000
        self.since = 0 if days is None else int(time.time() - days * DAY)
        self.problem = ""
        self.damaged = 0
        self.owner = claims.new_owner()
        self._claimed: set[bytes] = set()
        self._ready = False
        self._reader = table.connect(path)
        self._queue: queue.SimpleQueue[table.Row | bytes | _Release | threading.Event | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._write, name="cache", daemon=True)
        self._thread.start()

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The replies that are there, by key; one that cannot be read is taken away."""
        replies, now, damaged = {}, time.time(), []
        with table.reading(self.path):
            rows = list(table.select(self._reader, [bytes.fromhex(k) for k in keys], self.since))
        for key, value, used in rows:
            reply = _decoded(value)
            if reply is None:
                damaged.append(key)
                continue
            replies[key.hex()] = reply
            if not isinstance(used, int) or now - used > DAY:
                self._queue.put(key)
        if damaged:
            self.damaged += len(damaged)
            with table.reading(self.path):
                table.drop(self._reader, damaged)
        return replies

    def put(self, key: str, reply: Completion, model: str | None = None) -> None:
        """Keep a whole reply of a model, soon; one that was refused or filtered is not kept.

        A claim of its key is given up once it is kept.
        """
        if reply.stop not in KEPT_STOPS or self.problem:
            self.release([key])
            return
        row_key, value, now = bytes.fromhex(key), msgspec.json.encode(reply), int(time.time())
        self._claimed.discard(row_key)
        self._queue.put((row_key, value, model or reply.model, now, now))

    def claim(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that this run is to ask for: nobody else says that it does.

        A claim ends when the reply is put, with `release`, or with this process. Where claims
        cannot be kept, all are this run's.
        """
        try:
            with table.reading(self.path):
                if not self._ready:
                    self._reader.executescript(claims.SCHEMA)
                    self._ready = True
                wanted = [bytes.fromhex(key) for key in keys]
                mine = claims.take(self._reader, wanted, self.owner, time.time())
        except DataError:
            return set(keys)
        self._claimed |= mine
        self._queue.put(_Release(()))  # wakes the writer, which renews
        return {key.hex() for key in mine}

    def release(self, keys: Iterable[str]) -> None:
        """Give claims up, once what was put is kept."""
        ours = [key for key in map(bytes.fromhex, keys) if key in self._claimed]
        if ours:
            self._claimed.difference_update(ours)
            self._queue.put(_Release(tuple(ours)))

    def held(self, keys: Sequence[str]) -> bool:
        """Whether others that are alive are asking for every one of these."""
        with table.reading(self.path):
            return claims.held(self._reader, [bytes.fromhex(k) for k in keys], time.time())

    def flush(self) -> None:
        """Return once everything that was put is on disk."""
        done = threading.Event()
        self._queue.put(done)
        done.wait()

    def contents(self) -> Contents:
        """What the cache holds."""
        self.flush()
        with table.reading(self.path):
            models = self._reader.execute("SELECT model, count(*) FROM reply GROUP BY 1 ORDER BY 1")
            counts = dict(models.fetchall())
            oldest = self._reader.execute("SELECT min(created) FROM reply").fetchone()[0]
            values = self._reader.execute("SELECT value FROM reply")
            damaged = sum(_decoded(value) is None for (value,) in values)
            return Contents(counts, table.size(self._reader), oldest, damaged)

    def seconds(self, model: str, most: int = 1000) -> list[float]:
        """How long calls of a model took, the latest first."""
        with table.reading(self.path):
            rows = self._reader.execute(
                "SELECT value FROM reply WHERE model = ? ORDER BY created DESC LIMIT ?",
                (model, most),
            ).fetchall()
        replies = [_decoded(value) for (value,) in rows]
        self.damaged += replies.count(None)
        return [reply.seconds for reply in replies if reply is not None]

    def clear(self, days: float | None = None) -> int:
        """Drop every reply, or those older than `days`; how many."""
        self.flush()
        before = time.time() + DAY if days is None else time.time() - days * DAY
        with table.reading(self.path):
            return table.trim(self._reader, self.most, int(before))

    def close(self) -> None:
        """Write what is left, and close."""
        self._queue.put(None)
        self._thread.join()
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

    def _write(self) -> None:
        """What the writing thread does: takes all that waits, and writes it in one go."""
        connection: sqlite3.Connection | None = None
        over = wrote = False
        renewed = time.monotonic()
        while not over:
            rows: list[table.Row] = []
            used: list[bytes] = []
            freed: list[bytes] = []
            waiting: list[threading.Event] = []
            try:
                item = self._queue.get(timeout=RENEW if self._claimed else None)
            except queue.Empty:
                item = _Release(())
            if isinstance(item, tuple) and self._queue.qsize() < MOST_ROWS:
                time.sleep(LINGER)
            while True:
                if item is None:
                    over = True
                elif isinstance(item, threading.Event):
                    waiting.append(item)
                elif isinstance(item, bytes):
                    used.append(item)
                elif isinstance(item, _Release):
                    freed += item.keys
                else:
                    rows.append(item)
                    freed.append(item[0])
                if over or len(rows) >= MOST_ROWS or self._queue.empty():
                    break
                item = self._queue.get()
            try:
                late = bool(self._claimed) and time.monotonic() - renewed > RENEW
                if (rows or used or freed or late) and not self.problem:
                    connection = connection or table.connect(self.path)
                    with table.writing(connection):
                        table.write(connection, rows, used, int(time.time()))
                        if freed and self._ready:
                            claims.drop(connection, freed, self.owner)
                        if late:
                            claims.renew(connection, self.owner, time.time())
                            renewed = time.monotonic()
                    wrote = wrote or bool(rows or used)
                if over and self._ready and not self.problem:
                    connection = connection or table.connect(self.path)
                    claims.drop_all(connection, self.owner)
                if over and wrote and connection is not None:
                    table.trim(connection, self.most, self.since)
            except Exception as error:  # noqa: BLE001  # a cache that fails must not end a run
                self.problem = str(error).split("\n")[0]
            for event in waiting:
                event.set()
        if connection is not None:
            connection.close()


def _decoded(value: bytes) -> Completion | None:
    """The reply that a row holds; None where it is damaged."""
    try:
        return msgspec.json.decode(value, type=Completion)
    except DAMAGE:
        return None
