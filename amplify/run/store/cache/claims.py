"""Claims: the calls that a run is about to make, so that no other run makes them too."""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
from collections.abc import Iterator, Sequence

from amplify.run.store.cache.table import parts, transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS claim (
    key BLOB PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL
) WITHOUT ROWID;
"""

LEASE = 30.0
"""Seconds after which a claim ends that its owner does not renew: it died on another machine."""


def new_owner() -> str:
    """A name for the owner of claims: machine, process, and a random part of its own."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}"


def take(
    connection: sqlite3.Connection, keys: Sequence[bytes], owner: str, now: float
) -> set[bytes]:
    """Claim keys for the owner; those that are claimed for it now.

    Claims that ended, or whose owner's process has ended, are removed before.
    """
    rows = [(key, owner, now + LEASE) for key in keys]
    with transaction(connection):
        connection.execute("DELETE FROM claim WHERE until < ?", (now,))
        for dead in [o for o in _owners(connection) if o != owner and _is_dead(o)]:
            release_all(connection, dead)
        connection.executemany("INSERT OR IGNORE INTO claim VALUES (?, ?, ?)", rows)
        return {key for key, claimant, _ in _rows(connection, keys) if claimant == owner}


def held(connection: sqlite3.Connection, keys: Sequence[bytes], now: float) -> bool:
    """Whether every one of these keys is claimed by an owner that is alive, as far as is known."""
    rows = list(_rows(connection, keys))
    dead = {owner for owner in {owner for _, owner, _ in rows} if _is_dead(owner)}
    return sum(until >= now and owner not in dead for _, owner, until in rows) == len(keys)


def release(connection: sqlite3.Connection, keys: Sequence[bytes], owner: str) -> None:
    """Give up the owner's claims of these keys."""
    for part in parts(keys):
        marks = ",".join("?" * len(part))
        query = f"DELETE FROM claim WHERE owner = ? AND key IN ({marks})"
        connection.execute(query, (owner, *part))


def renew(connection: sqlite3.Connection, owner: str, now: float) -> None:
    """Have the claims of the owner last for another lease."""
    connection.execute("UPDATE claim SET until = ? WHERE owner = ?", (now + LEASE, owner))


def release_all(connection: sqlite3.Connection, owner: str) -> None:
    """Give up all claims of the owner."""
    connection.execute("DELETE FROM claim WHERE owner = ?", (owner,))


def _rows(
    connection: sqlite3.Connection, keys: Sequence[bytes]
) -> Iterator[tuple[bytes, str, float]]:
    for part in parts(keys):
        marks = ",".join("?" * len(part))
        query = f"SELECT key, owner, until FROM claim WHERE key IN ({marks})"
        yield from connection.execute(query, part)


def _owners(connection: sqlite3.Connection) -> list[str]:
    return [owner for (owner,) in connection.execute("SELECT DISTINCT owner FROM claim")]


def _is_dead(owner: str) -> bool:
    """Whether the owner's process ran on this machine, and has ended."""
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
