"""The thread that writes into a cache: nobody waits for the disk, and many rows go in at once."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from amplify.run.store.cache import claims, table

MOST_ROWS = 500
"""Rows in one transaction."""

RENEW = claims.LEASE / 3
"""Seconds after which claims are renewed."""

LINGER = 0.05
"""Seconds that the thread waits for more rows, so that it has many for one transaction."""


@dataclass(frozen=True, slots=True)
class _Release:
    """Claims that are given up."""

    keys: tuple[bytes, ...] = ()


_Change = table.ReplyRow | bytes | _Release | threading.Event | None
"""A reply to keep, the key of one that was used, claims to give up, an event to set once all that
came before is written, or the end (None)."""


@dataclass
class _Changes:
    """What is written in one transaction."""

    rows: list[table.ReplyRow] = field(default_factory=list)
    used: list[bytes] = field(default_factory=list)
    released: list[bytes] = field(default_factory=list)
    flushed: list[threading.Event] = field(default_factory=list)
    last: bool = False

    def add(self, change: _Change) -> None:
        """Take one more change."""
        if change is None:
            self.last = True
        elif isinstance(change, threading.Event):
            self.flushed.append(change)
        elif isinstance(change, bytes):
            self.used.append(change)
        elif isinstance(change, _Release):
            self.released += change.keys
        else:
            self.rows.append(change)
            self.released.append(change[0])


class CacheWriter:
    """Writes replies and gives up claims, in the order in which it is told to.

    `problem` says why it writes nothing more, once it cannot. `claimed` are the keys of the claims
    that the run holds, which are renewed.
    """

    def __init__(self, path: Path, owner: str, most: int, since: int) -> None:
        """`owner` is the name behind the run's claims. At the end the cache is cut down to `most`
        bytes, and to replies that came after `since`."""
        self.path = path
        self.owner = owner
        self.most = most
        self.since = since
        self.problem = ""
        self.claimed: set[bytes] = set()
        self.has_claims = False
        self._wrote = False
        self._renewed = time.monotonic()
        self._connection: sqlite3.Connection | None = None
        self._queue: queue.SimpleQueue[_Change] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="cache", daemon=True)
        self._thread.start()

    def put(self, row: table.ReplyRow) -> None:
        """Keep a reply; the claim of its key is given up once it is kept."""
        self.claimed.discard(row[0])
        self._queue.put(row)

    def used(self, key: bytes) -> None:
        """Note that a reply was used now."""
        self._queue.put(key)

    def claim(self, keys: Iterable[bytes]) -> None:
        """Renew the claims of these keys from now on: they are the run's."""
        self.has_claims = True
        self.claimed.update(keys)
        self._queue.put(_Release())  # wakes the thread, so that it renews in time

    def release(self, keys: Iterable[bytes]) -> None:
        """Give up those of the claims that the run holds, once what was put before is kept."""
        released = tuple(key for key in keys if key in self.claimed)
        if released:
            self.claimed.difference_update(released)
            self._queue.put(_Release(released))

    def flush(self) -> None:
        """Return once everything that was put is on disk."""
        done = threading.Event()
        self._queue.put(done)
        done.wait()

    def close(self) -> None:
        """Write what is left, and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            changes = self._next_changes()
            last = changes.last
            try:
                if not self.problem:
                    self._write(changes)
            except Exception as error:  # noqa: BLE001  # a cache that fails must not end a run
                self.problem = str(error).split("\n")[0]
            for event in changes.flushed:
                event.set()
        if self._connection is not None:
            self._connection.close()

    def _next_changes(self) -> _Changes:
        """Wait for a change, and take all that have come; none where claims are to be renewed."""
        changes = _Changes()
        try:
            change = self._queue.get(timeout=RENEW if self.claimed else None)
        except queue.Empty:
            return changes
        if isinstance(change, tuple | _Release) and self._queue.qsize() < MOST_ROWS:
            time.sleep(LINGER)
        changes.add(change)
        while not (changes.last or len(changes.rows) >= MOST_ROWS or self._queue.empty()):
            changes.add(self._queue.get())
        return changes

    def _write(self, changes: _Changes) -> None:
        """Write changes in one transaction, renew claims that are due, and trim at the end."""
        due = bool(self.claimed) and time.monotonic() - self._renewed > RENEW
        if changes.rows or changes.used or changes.released or due:
            connection = self._connected()
            with table.transaction(connection):
                table.write(connection, changes.rows, changes.used, int(time.time()))
                if changes.released and self.has_claims:
                    claims.release(connection, changes.released, self.owner)
                if due:
                    claims.renew(connection, self.owner, time.time())
                    self._renewed = time.monotonic()
            self._wrote = self._wrote or bool(changes.rows or changes.used)
        if changes.last and self.has_claims:
            claims.release_all(self._connected(), self.owner)
        if changes.last and self._wrote:
            table.trim(self._connected(), self.most, self.since)

    def _connected(self) -> sqlite3.Connection:
        self._connection = self._connection or table.connect(self.path)
        return self._connection
