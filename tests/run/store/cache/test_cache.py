from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known.server import Server, always, in_turn
from known.web import Web

from amplify import Completion, DataError, Prompt, Request, Usage
from amplify.contract.progress import silent
from amplify.run.engine.engine import Engine
from amplify.run.engine.request_key import request_key
from amplify.run.plan.sections import CallsSection
from amplify.run.store.cache import table
from amplify.run.store.cache.cache import Cache
from amplify.run.store.journal import Journal


def key(number: int) -> str:
    return f"{number:064x}"


def reply(text: str = "yes", model: str = "m", **more: str) -> Completion:
    return Completion(text, model, usage=Usage(3, 1, 2, 0), seconds=1.5, note="n", **more)


def ask(cache: Cache, server: Server, journal: Path, *owns: str, **identity: str) -> list[str]:
    web = Web(f"{server.url}/v1", more=identity)
    calls = CallsSection(backoff=0.01)
    with Journal(journal) as kept, Engine(web, kept, silent, calls, cache) as engine:
        found = engine.ask([Request(Prompt("", own), "a", own, 10) for own in owns])
    return [o.text if isinstance(o, Completion) else o.kind for o in found]


def test_what_was_put_is_there_whole_for_whoever_opens_it(tmp_path: Path) -> None:
    odd = reply("a\u2028b\x00c\U0001f600 " * 1000)
    with Cache(tmp_path / "c") as cache:
        cache.put(key(1), odd)
        cache.flush()
        assert cache.get([key(1), key(2)]) == {key(1): odd}
    with Cache(tmp_path / "c") as again:
        assert again.get([key(1)]) == {key(1): odd}


def test_many_at_once(tmp_path: Path) -> None:
    with Cache(tmp_path / "c") as cache:
        for number in range(3000):
            cache.put(key(number), reply(str(number)))
        cache.flush()
        found = cache.get([key(number) for number in range(3100)])
    assert {k: v.text for k, v in found.items()} == {key(n): str(n) for n in range(3000)}


@pytest.mark.parametrize("stop", ["refusal", "content-filter", "tool_calls"])
def test_a_refusal_is_not_kept(tmp_path: Path, stop: str) -> None:
    with Cache(tmp_path / "c") as cache:
        cache.put(key(1), reply(stop=stop))
        cache.put(key(2), reply(stop="length"))
        cache.flush()
        assert set(cache.get([key(1), key(2)])) == {key(2)}


def test_another_run_asks_nothing_that_was_answered(tmp_path: Path) -> None:
    with Server() as server, Cache(tmp_path / "c") as cache:
        first = ask(cache, server, tmp_path / "one", "x", "y")
        cache.flush()
        assert ask(cache, server, tmp_path / "two", "x", "y", "z") == [*first, "z"]
        assert server.prompts == {"x": 1, "y": 1, "z": 1}
        # The other run's journal holds the cached replies as its own.
        with Journal(tmp_path / "two") as journal:
            assert len(journal.completions) == 3
            assert journal.spent_at(None).calls == 1
        ask(cache, server, tmp_path / "three", "x", temperature="1")
    assert server.prompts["x"] == 2


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    with Server(in_turn("400")) as server, Cache(tmp_path / "c") as cache:
        assert ask(cache, server, tmp_path / "one", "x") == ["bad-request"]
        cache.flush()
        assert ask(cache, server, tmp_path / "two", "x") == ["x"]


def test_equal_requests_are_one_call_in_flight(tmp_path: Path) -> None:
    with Server(delay=0.02) as server, Cache(tmp_path / "c") as cache:
        assert ask(cache, server, tmp_path / "one", *["x"] * 16) == ["x"] * 16
    assert server.prompts == {"x": 1}


def test_old_replies_are_asked_again_and_dropped(tmp_path: Path) -> None:
    with Cache(tmp_path / "c") as cache:
        cache.put(key(1), reply())
        cache.put(key(2), reply())
    with sqlite3.connect(tmp_path / "c") as raw:
        raw.execute("UPDATE reply SET created = ? WHERE key = ?",
                    (int(time.time()) - 10 * 86400, bytes.fromhex(key(1))))  # fmt: skip
    raw.close()
    with Cache(tmp_path / "c", days=5) as cache:
        assert set(cache.get([key(1), key(2)])) == {key(2)}
        cache.put(key(3), reply())
    with Cache(tmp_path / "c") as cache:
        assert cache.contents().models == {"m": 2}


def test_the_file_stays_within_its_size_and_what_was_used_last_stays(tmp_path: Path) -> None:
    with Cache(tmp_path / "c", megabytes=1) as cache:
        for number in range(3000):
            cache.put(key(number), reply("x" * 1000))
        cache.flush()
        with sqlite3.connect(tmp_path / "c", timeout=30) as raw:
            raw.execute("UPDATE reply SET used = used - 200000 WHERE key != ?",
                        (bytes.fromhex(key(5)),))  # fmt: skip
        raw.close()
        cache.put(key(9999), reply())
    with Cache(tmp_path / "c") as cache:
        held = cache.contents()
        assert 500 < held.models["m"] < 1000
        assert held.size <= 1_000_000
        assert set(cache.get([key(5), key(9999)])) == {key(5), key(9999)}
    assert (tmp_path / "c").stat().st_size <= 1_100_000


def test_clearing_drops_what_is_asked(tmp_path: Path) -> None:
    with Cache(tmp_path / "c") as cache:
        cache.put(key(1), reply())
        assert cache.clear(days=1) == 0
        assert cache.clear() == 1
        assert cache.contents().models == {}


WRITER = """
import sys
from pathlib import Path
from amplify import Completion
from amplify.run.store.cache.cache import Cache
from amplify.run.store.cache import table
with Cache(Path(sys.argv[1])) as cache:
    for number in range(int(sys.argv[2]), int(sys.argv[2]) + 1500):
        cache.put(f"{number:064x}", Completion(str(number), "m"))
        if number % 100 == 0:
            cache.flush()
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "c")]
    # They overlap by half: equal keys are one row.
    both = [subprocess.Popen([*command, str(start)]) for start in (0, 750)]
    assert [process.wait(60) for process in both] == [0, 0]
    with Cache(tmp_path / "c") as cache:
        found = cache.get([key(number) for number in range(2250)])
        assert {v.text for v in found.values()} == {str(number) for number in range(2250)}
    with sqlite3.connect(tmp_path / "c") as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("not a database, and long enough to be looked at" * 30)
    with pytest.raises(DataError, match="cannot be used") as caught:
        Cache(tmp_path / "c")
    assert "--no-cache" in str(caught.value)
    assert str(tmp_path / "c") in str(caught.value)


def test_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "c") as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(DataError, match="version 99"):
        Cache(tmp_path / "c")


def test_a_row_that_was_damaged_is_asked_again(tmp_path: Path) -> None:
    with Cache(tmp_path / "c") as cache:
        cache.put(key(1), reply())
    with sqlite3.connect(tmp_path / "c") as raw:
        raw.execute("UPDATE reply SET value = '{oops'")
    raw.close()
    with Cache(tmp_path / "c") as cache:
        assert cache.get([key(1)]) == {}


def test_a_cache_that_fails_ends_no_run(tmp_path: Path) -> None:
    with Server() as server, Cache(tmp_path / "c") as cache:
        with sqlite3.connect(tmp_path / "c") as raw:
            raw.execute("DROP TABLE reply")
            raw.execute("CREATE TABLE reply (key BLOB, value BLOB, used INT, created INT)")
        raw.close()
        assert ask(cache, server, tmp_path / "one", "x") == ["x"]
        cache.flush()
        assert cache.problem


PARTS = st.text(alphabet='ab \n"\\', max_size=4)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(PARTS, PARTS, st.integers(1, 3), st.lists(PARTS, max_size=2),
                          st.sampled_from(["http://a", "http://b"]), st.sampled_from("mn")),
                min_size=2, max_size=2))  # fmt: skip
def test_requests_that_differ_have_keys_that_differ(
    two: list[tuple[str, str, int, list[str], str, str]],
) -> None:
    keys, whats = set(), set()
    for shared, own, most, stop, url, model in two:
        made = Request(Prompt(shared, own), "a", "i", most, tuple(stop))
        keys.add(request_key(made, {"base_url": url, "model": model}, apart=True))
        whats.add((shared, own, most, tuple(stop), url, model))
    assert len(keys) == len(whats)


def test_a_server_that_only_fails_leaves_the_cache_empty(tmp_path: Path) -> None:
    with Server(always("no-choice")) as server, Cache(tmp_path / "c") as cache:
        assert ask(cache, server, tmp_path / "one", "x") == ["stopped"]
        assert cache.contents().models == {}


def test_a_full_disk_is_told_as_one(tmp_path: Path) -> None:
    connection = table.connect(tmp_path / "c")
    connection.execute("PRAGMA max_page_count = 20")
    rows = [(bytes([n]), b"x" * 100_000, "m", 0, 0) for n in range(100)]
    full = pytest.raises(sqlite3.OperationalError, match="database or disk is full")
    with full, table.transaction(connection):
        table.write(connection, rows, [], 0)
    with table.transaction(connection):
        table.write(connection, [(b"k", b"v", "m", 0, 0)], [], 0)
    assert [row[:2] for row in table.select(connection, [b"k"], 0)] == [(b"k", b"v")]
    connection.close()
