"""The cache's table in SQLite: keys, replies as JSON, and when they came and were last used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from amplify.contract.errors import DataError
from amplify.run.store.files import make_private

VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS reply (
    key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, model TEXT NOT NULL,
    created INTEGER NOT NULL, used INTEGER NOT NULL
);
"""

AT_ONCE = 500
"""Keys in one query."""

ReplyRow = tuple[bytes, bytes, str, int, int]

BUSY = 30.0
"""Seconds to wait for another process that writes."""


@contextmanager
def cache_errors(path: Path) -> Iterator[None]:
    """Turn an error of SQLite into one that names the file of the cache."""
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(
            f"the cache of replies cannot be used: {error}",
            where=str(path),
            hint="go on without it (--no-cache), or move that file away",
        ) from None


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the cache at `path`, made where there is none.

    It keeps a write-ahead log, so that other processes can read while one writes. `synchronous` is
    NORMAL: a kill loses nothing, a power cut at most the last replies. SQLite gives the files that
    it makes beside this one the same mode, which lets in the owner alone.
    """
    with cache_errors(path):
        try:
            make_private(path)
        except OSError as error:
            raise sqlite3.OperationalError(error.strerror or str(error)) from None
        connection = sqlite3.connect(
            path, timeout=BUSY, isolation_level=None, check_same_thread=False
        )
        connection.text_factory = lambda data: data.decode(errors="replace")
        try:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError(f"it has version {version}, this program {VERSION}")
            if not version:
                connection.executescript(
                    f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version={VERSION};COMMIT;"
                )
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def parts(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The keys in parts, as many in each as one query takes."""
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def select(
    connection: sqlite3.Connection, keys: Sequence[bytes], since: int
) -> Iterator[tuple[bytes, bytes, int]]:
    """Key, value and time of last use of the replies to `keys` that came at `since` or later."""
    for part in parts(keys):
        marks = ",".join("?" * len(part))
        yield from connection.execute(
            f"SELECT key, value, used FROM reply WHERE key IN ({marks}) AND created >= ?",
            (*part, since),
        )


def write(
    connection: sqlite3.Connection, rows: Sequence[ReplyRow], used: Sequence[bytes], now: int
) -> None:
    """Put rows in, and note that the replies to the keys `used` were used `now`.

    A reply whose key is there already is not replaced.
    """
    connection.executemany("INSERT OR IGNORE INTO reply VALUES (?, ?, ?, ?, ?)", rows)
    connection.executemany("UPDATE reply SET used = ? WHERE key = ?", [(now, k) for k in used])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make the statements of this block one transaction: all of them take effect, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise


def drop(connection: sqlite3.Connection, keys: Sequence[bytes]) -> None:
    """Remove the replies to these keys."""
    connection.executemany("DELETE FROM reply WHERE key = ?", [(key,) for key in keys])


def size(connection: sqlite3.Connection) -> int:
    """Bytes that the replies take."""
    pages, free, each = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * each)


def trim(connection: sqlite3.Connection, most: int, since: int) -> int:
    """Remove the replies that came before `since`, then those that were used longest ago, until the
    rest takes `most` bytes; how many were removed."""
    dropped = connection.execute("DELETE FROM reply WHERE created < ?", (since,)).rowcount
    while (now := size(connection)) > most:
        count = connection.execute("SELECT count(*) FROM reply").fetchone()[0]
        if not count:
            break
        # Down to nine tenths of it, so that the next reply does not trim again.
        part = max(1, min(count, int(count * (1 - 0.9 * most / now))))
        dropped += connection.execute(
            "DELETE FROM reply WHERE rowid IN"
            " (SELECT rowid FROM reply ORDER BY used, created, rowid LIMIT ?)",
            (part,),
        ).rowcount
    if dropped:
        # As a script: stepped as a query, it frees one page.
        connection.executescript("PRAGMA incremental_vacuum")
    return int(dropped)
