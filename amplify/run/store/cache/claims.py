"""Claims: the calls that a run is about to make, so that no other run makes them too."""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from amplify.run.store.cache.table import AT_ONCE, writing

SCHEMA = """
CREATE TABLE IF NOT EXISTS claim (
    key BLOB PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL
) WITHOUT ROWID;
"""

LEASE = 30.0
"""Seconds after which a claim ends that its owner does not renew: it died on another machine."""


def new_owner() -> str:
    """A name for whoever claims: where it runs, and what tells it from others there."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}"


def take(
    connection: sqlite3.Connection, keys: Sequence[bytes], owner: str, now: float
) -> set[bytes]:
    """Claim keys; those that are the owner's now. A claim that has ended is no hindrance."""
    rows = [(key, owner, now + LEASE) for key in keys]
    with writing(connection):
        connection.execute("DELETE FROM claim WHERE until < ?", (now,))
        for dead in [o for o in _owners(connection) if o != owner and _is_dead(o)]:
            drop_all(connection, dead)
        connection.executemany("INSERT OR IGNORE INTO claim VALUES (?, ?, ?)", rows)
        return {key for key, who, _ in _rows(connection, keys) if who == owner}


def held(connection: sqlite3.Connection, keys: Sequence[bytes], now: float) -> bool:
    """Whether every one of these is claimed by somebody who is alive, as far as one can tell."""
    rows = list(_rows(connection, keys))
    dead = {who for who in {who for _, who, _ in rows} if _is_dead(who)}
    return sum(until >= now and who not in dead for _, who, until in rows) == len(keys)


def drop(connection: sqlite3.Connection, keys: Iterable[bytes], owner: str) -> None:
    """Give claims up."""
    rows = [(key, owner) for key in keys]
    connection.executemany("DELETE FROM claim WHERE key = ? AND owner = ?", rows)


def renew(connection: sqlite3.Connection, owner: str, now: float) -> None:
    """Keep the owner's claims for longer."""
    connection.execute("UPDATE claim SET until = ? WHERE owner = ?", (now + LEASE, owner))


def drop_all(connection: sqlite3.Connection, owner: str) -> None:
    """Give all of the owner's claims up."""
    connection.execute("DELETE FROM claim WHERE owner = ?", (owner,))


def _rows(
    connection: sqlite3.Connection, keys: Sequence[bytes]
) -> Iterator[tuple[bytes, str, float]]:
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        marks = ",".join("?" * len(part))
        query = f"SELECT key, owner, until FROM claim WHERE key IN ({marks})"
        yield from connection.execute(query, part)


def _owners(connection: sqlite3.Connection) -> list[str]:
    return [owner for (owner,) in connection.execute("SELECT DISTINCT owner FROM claim")]


def _is_dead(owner: str) -> bool:
    """Whether it ran on this machine and does not any more."""
    host, _, rest = owner.partition(" ")
    number = rest.partition(" ")[0]
    if host != socket.gethostname() or not number.isdecimal() or os.name != "posix":
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
