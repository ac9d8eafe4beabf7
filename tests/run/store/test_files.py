"""What a run writes is its owner's alone, and no link leads it elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amplify import DataError
from amplify.run.engine.batches.batch_log import BatchLog
from amplify.run.store.cache.cache import Cache
from amplify.run.store.files import make_folder, open_log, write_whole
from amplify.run.store.journal import Journal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and modes are POSIX's")

PRECIOUS = "precious, without a line end"


@pytest.fixture(autouse=True)
def permissive() -> Iterator[None]:
    """Everybody may read what is made, unless whoever makes it says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def link(place: Path, name: str) -> Path:
    """Somebody else's file, and a link to it of this name in the folder."""
    victim = place / "victim"
    victim.write_text(PRECIOUS)
    (place / name).symlink_to(victim)
    return victim


def test_a_file_is_written_whole_for_its_owner(tmp_path: Path) -> None:
    write_whole(tmp_path / "record.json", "{}\n")
    assert (tmp_path / "record.json").read_bytes() == b"{}\n"
    assert mode(tmp_path / "record.json") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.parametrize("name", ["record.json", "record.json.part"])
def test_a_link_is_not_written_through(tmp_path: Path, name: str) -> None:
    victim = link(tmp_path, name)
    write_whole(tmp_path / "record.json", "{}\n")
    assert victim.read_text() == PRECIOUS
    assert (tmp_path / "record.json").read_text() == "{}\n"
    assert not (tmp_path / "record.json").is_symlink()


def test_what_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "record.json").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        write_whole(tmp_path / "record.json", "{}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def unfetched(path: Path) -> object:
    """Read what a run finds of its batches."""
    return BatchLog(path).open_batches()


@pytest.mark.parametrize("go", [Journal, unfetched], ids=["journal", "batches"])
def test_what_lines_are_added_to_is_no_link(tmp_path: Path, go: Callable[[Path], object]) -> None:
    victim = link(tmp_path, "lines.jsonl")
    with pytest.raises(DataError, match="is a link"):
        go(tmp_path / "lines.jsonl")
    assert victim.read_text() == PRECIOUS


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "calls.jsonl")
    with pytest.raises(DataError, match="no regular file"):
        Journal(tmp_path / "calls.jsonl")


def test_lines_are_added_and_read_back(tmp_path: Path) -> None:
    with open_log(tmp_path / "lines") as file:
        file.write(b"a\nb")
    with open_log(tmp_path / "lines") as file:
        file.seek(0)
        assert file.read() == b"a\nb"
        file.seek(0)
        file.write(b"\n")
    assert (tmp_path / "lines").read_bytes() == b"a\nb\n"
    assert mode(tmp_path / "lines") == 0o600


def test_folders_that_are_made_are_their_owners_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    make_folder(tmp_path / "there" / "a" / "b")
    assert [mode(tmp_path / "there" / name) for name in ("", "a", "a/b")] == [0o755, 0o700, 0o700]
    make_folder(tmp_path / "there")
    assert mode(tmp_path / "there") == 0o755
    (tmp_path / "link").symlink_to(tmp_path / "there")
    make_folder(tmp_path / "link" / "c")
    assert mode(tmp_path / "there" / "c") == 0o700


def test_the_cache_is_its_owners(tmp_path: Path) -> None:
    with Cache(tmp_path / "new" / "replies.sqlite"):
        made = list((tmp_path / "new").iterdir())
        assert {mode(path) for path in made} == {0o600}
        assert len(made) > 1
    assert mode(tmp_path / "new") == 0o700


def test_a_cache_that_is_a_link_is_refused(tmp_path: Path) -> None:
    victim = link(tmp_path, "replies.sqlite")
    victim.write_bytes(b"")
    with pytest.raises(DataError, match="it is a link"):
        Cache(tmp_path / "replies.sqlite")
    assert victim.read_bytes() == b""
