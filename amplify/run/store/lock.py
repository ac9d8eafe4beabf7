"""One process at a time in a folder, or at a file: a lock that ends with its process."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.store.files import make_folder, writing

NAME = ".lock"
"""The file that is locked. It says who holds it; one that nobody holds means nothing."""

BUSY = frozenset({errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK})

TRIES = 100
"""How often a lock file that its holder takes away at that moment is made again."""

_forked: set[int] = set()
"""The descriptors that a forked child must not keep: it would hold the lock of its parent."""


@contextmanager
def locked(
    folder: Path, what: str, warn: Callable[[str], None] = lambda text: None
) -> Iterator[None]:
    """The folder, made where there is none, for this process alone.

    `what` is under way in it ("run", "study"), for the error: PlanError where another process
    holds the lock. `warn` is told where the file system has no locks; then nothing keeps a second
    process out. The lock is the operating system's (`flock`): it ends with the process, however
    that ends.
    """
    with locked_by(folder / NAME, lambda holder: _under_way(folder, what, holder), warn):
        yield


@contextmanager
def locked_by(
    path: Path, busy: Callable[[str], PlanError], warn: Callable[[str], None] = lambda text: None
) -> Iterator[None]:
    """The lock file at `path`, held by this process alone; it is gone afterwards.

    `busy` makes the error that is raised where another process holds it, from words that say which.
    `warn` is that of `locked`.
    """
    with writing(path.parent):
        file = _acquire(path, busy, warn)
    _forked.add(file)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        _forked.discard(file)
        os.close(file)


def check_free(folder: Path, what: str) -> None:
    """PlanError where another process holds the folder's lock; nothing is written."""
    try:
        file = os.open(folder / NAME, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if not lock_file(file):
            raise _under_way(folder, what, _holder(file))
    except OSError:
        return  # a file system without locks
    finally:
        os.close(file)


def _acquire(path: Path, busy: Callable[[str], PlanError], warn: Callable[[str], None]) -> int:
    """The descriptor of the lock file, which is this process's."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    for _ in range(TRIES):
        make_folder(path.parent)
        try:
            file = os.open(path, flags, 0o600)
        except FileNotFoundError:  # its holder took the folder away
            continue
        except OSError as error:
            with writing(path):
                raise error
        try:
            held = lock_file(file)
            if not held:
                raise busy(_holder(file))
        except OSError as error:
            warn(
                f"{path.parent}: the file system has no locks ({error.strerror}): see to it that no"
                " other process uses this folder meanwhile"
            )
            return file
        except BaseException:
            os.close(file)
            raise
        if _stands(path, file):
            who = {"process": os.getpid(), "host": socket.gethostname(), "since": _now()}
            os.ftruncate(file, 0)
            os.write(file, json.dumps(who).encode())
            return file
        os.close(file)  # its holder took it away: another process may have made a new one
    raise OSError(errno.EAGAIN, "its lock file comes and goes")


def lock_file(file: int) -> bool:
    """Lock an open file; whether it is this process's now. OSError where there are no locks."""
    try:
        import fcntl
    except ImportError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in BUSY:
            return False
        raise
    return True


def _stands(path: Path, file: int) -> bool:
    """Whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _under_way(folder: Path, what: str, holder: str) -> PlanError:
    return PlanError(
        f"the folder's {what} is under way, by {holder}",
        where=str(folder),
        hint="wait until it is over, or name another folder with --out",
    )


def _holder(file: int) -> str:
    """Who holds the lock, as the file says."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        holder: dict[str, Any] = json.loads(os.pread(file, 4096, 0))
        return f"process {holder['process']} on {holder['host']} since {holder['since']}"
    return "another process"


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _after_fork() -> None:
    for file in _forked:
        with contextlib.suppress(OSError):
            os.close(file)
    _forked.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
