"""The lock of a folder: who holds it, how long, and what a lock file means."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from known.waiting import HUNG

from amplify.contract.errors import DataError, PlanError
from amplify.run.store.lock import NAME, check_free, locked
from amplify.run.store.new_folder import fresh_path, make_fresh

HOLD = """
import sys
from pathlib import Path
from amplify.run.store.lock import locked
with locked(Path(sys.argv[1]), "run"):
    print("held", flush=True)
    sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX locks")


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that holds the folder's lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_it_names_who_holds_it(tmp_path: Path) -> None:
    process = holder(tmp_path)
    for refused in (
        lambda: check_free(tmp_path, "run"),
        lambda: locked(tmp_path, "run").__enter__(),
    ):
        with pytest.raises(PlanError, match=f"under way, by process {process.pid} on .+ since 20"):
            refused()
    process.communicate()
    check_free(tmp_path, "run")
    assert not (tmp_path / NAME).exists()


def test_it_ends_with_its_process(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (tmp_path / NAME).exists()
    with locked(tmp_path, "run"), pytest.raises(PlanError, match=f"process {os.getpid()} "):
        check_free(tmp_path, "run")


def test_a_child_that_is_forked_meanwhile_does_not_hold_it(tmp_path: Path) -> None:
    with locked(tmp_path, "run"):
        ready, leave = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            os.write(ready[1], b".")
            os.read(leave[0], 1)
            os._exit(0)
        assert os.read(ready[0], 1) == b"."
        with pytest.raises(PlanError):
            check_free(tmp_path, "run")
    with locked(tmp_path, "run"):
        pass
    os.write(leave[1], b".")
    os.waitpid(child, 0)
    for end in (*ready, *leave):
        os.close(end)


def test_a_folder_that_is_taken_away_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    for _ in range(3):
        with locked(folder, "run"):
            (folder / NAME).unlink()
            folder.rmdir()


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / NAME).symlink_to(tmp_path / "other")
    with pytest.raises(DataError, match="lock: is a link"), locked(tmp_path / "one", "run"):
        pass
    assert not (tmp_path / "other").exists()


CLAIM = """
import sys
from pathlib import Path
from amplify.run.store.new_folder import make_fresh
for _ in range(4):
    print(make_fresh(Path(sys.argv[1])))
"""


def test_folders_with_names_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "one"
    command = [sys.executable, "-c", CLAIM, str(path)]
    claiming = [
        subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(3)
    ]
    made = [line for process in claiming for line in process.communicate(timeout=HUNG)[0].split()]
    assert sorted(made) == sorted([str(path), *(f"{path}-{number}" for number in range(2, 13))])


@pytest.mark.parametrize("name", ["x" * 400, "ö" * 200, "a/b\\c", "\ud800", "\x1b[2J", "..", ""])
def test_any_name_makes_a_folder_in_its_place(tmp_path: Path, name: str) -> None:
    path = tmp_path / fresh_path("runs", name)
    assert make_fresh(path) == path
    assert path.parent == tmp_path / "runs"
    assert str(path).isprintable()
