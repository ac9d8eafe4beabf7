"""Batch mode: one submission, whatever happens while it is out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from amplify import (
    BatchGone,
    BatchStatus,
    Completion,
    DataError,
    Failure,
    Prompt,
    ProviderError,
    Reply,
    Request,
    Usage,
)
from amplify.contract.progress import silent
from amplify.run.engine.engine import Engine
from amplify.run.plan.sections import CallsSection
from amplify.run.store.cache.cache import Cache
from amplify.run.store.journal import Journal


@dataclass
class Office:
    """A service that takes batches; it outlives the runs. Each batch is done at the third look."""

    submitted: dict[str, dict[str, Request]] = field(default_factory=dict)
    looks: int = 0
    unreachable: int = 0
    state: Any = "done"
    loses: str = ""
    fails: str = ""
    cut: str = ""
    twice: str = ""
    counted: int = 0
    gone: bool = False

    @property
    def asked(self) -> list[str]:
        return [r.item for batch in self.submitted.values() for r in batch.values()]


@dataclass
class Batching:
    """A provider in batch mode."""

    office: Office
    batch: bool = True
    warms: bool = False
    limit: int | None = None

    @property
    def identity(self) -> dict[str, Any]:
        return {"provider": "batching", "model": "m"}

    def count_tokens(self, text: str) -> int:
        return len(text)

    async def answer(self, request: Request) -> Reply:
        raise AssertionError("no single call in batch mode")

    async def close(self) -> None:
        pass

    async def submit(self, requests: Mapping[str, Request]) -> str:
        name = f"batch-{len(self.office.submitted)}"
        self.office.submitted[name] = dict(requests)
        return name

    async def status(self, batch: str) -> BatchStatus:
        self.office.looks += 1
        if self.office.unreachable:
            self.office.unreachable -= 1
            raise ProviderError("nobody there")
        if self.office.gone:
            raise BatchGone("HTTP 404: no such batch")
        if self.office.looks < 3:
            return BatchStatus("running", 0, len(self.office.submitted[batch]))
        return BatchStatus(self.office.state, self.office.counted, message="it expired")

    async def fetch(self, batch: str) -> AsyncIterator[tuple[str, Completion | Failure]]:
        for key, request in reversed(self.office.submitted[batch].items()):
            if request.item == self.office.cut:
                raise ProviderError("the results are cut off")
            if request.item == self.office.fails:
                yield key, Failure("server", "no luck", retry=True)
            elif request.item != self.office.loses:
                yield key, Completion(request.item, "m", usage=Usage(5, 1))
            if request.item == self.office.twice:
                yield key, Completion("another", "m", usage=Usage(5, 1))
        yield "0" * 64, Completion("nobody asked", "m")


def ask(
    path: Path, office: Office, *owns: str, cache: Cache | None = None, **calls: Any
) -> tuple[Engine, list[str]]:
    settings = CallsSection(**{"backoff": 0.01, **calls})
    with Journal(path / "calls.jsonl") as journal:
        engine = Engine(
            Batching(office), journal, silent, settings, cache, batches=path / "batches.jsonl"
        )
        assert engine.batches is not None
        engine.batches.api.first_look = 0.01
        with engine:
            found = engine.ask([Request(Prompt("", own), "a", own, 10) for own in owns])
    return engine, [o.text if isinstance(o, Completion) else o.kind for o in found]


def test_what_is_missing_goes_in_one_batch_and_comes_back_in_order(tmp_path: Path) -> None:
    office = Office()
    assert ask(tmp_path, office, "x", "y", "x", "z")[1] == ["x", "y", "x", "z"]
    assert office.asked == ["x", "y", "z"]
    assert ask(tmp_path, office, "x", "y", "new")[1] == ["x", "y", "new"]
    assert office.asked == ["x", "y", "z", "new"]


def test_what_a_batch_holds_for_a_later_step_is_not_lost_with_the_first(tmp_path: Path) -> None:
    office = Office(unreachable=100)
    with pytest.raises(ProviderError, match="nobody there"):
        ask(tmp_path, office, "x", "y", "z", retries=2)
    office.unreachable = 0
    assert ask(tmp_path, office, "x")[1] == ["x"]
    assert ask(tmp_path, office, "y")[1] == ["y"]
    assert ask(tmp_path, office, "z", "y", "x")[1] == ["z", "y", "x"]
    assert office.asked == ["x", "y", "z"]


def test_a_call_that_failed_in_a_batch_is_asked_anew_while_others_wait_in_it(
    tmp_path: Path,
) -> None:
    office = Office(unreachable=100, fails="x")
    with pytest.raises(ProviderError, match="nobody there"):
        ask(tmp_path, office, "x", "y", retries=2)
    office.unreachable = 0
    assert ask(tmp_path, office, "x")[1] == ["server"]
    office.fails = ""
    assert ask(tmp_path, office, "x")[1] == ["x"]
    assert ask(tmp_path, office, "y")[1] == ["y"]
    assert office.asked == ["x", "y", "x"]


def test_a_run_that_was_cut_off_waits_for_its_batch_and_pays_nothing_again(tmp_path: Path) -> None:
    office = Office(unreachable=100)
    with pytest.raises(ProviderError, match="nobody there") as caught:
        ask(tmp_path, office, "x", "y", retries=2)
    assert "--resume" in str(caught.value)
    assert office.looks == 3
    row = json.loads((tmp_path / "batches.jsonl").read_text())
    assert row["batch"] == "batch-0"
    assert len(row["keys"]) == 2
    office.unreachable = 0
    assert ask(tmp_path, office, "x", "y", "z")[1] == ["x", "y", "z"]
    assert office.asked == ["x", "y", "z"]
    assert list(office.submitted) == ["batch-0", "batch-1"]


def test_results_of_other_calls_are_fetched_again_and_nothing_is_paid_twice(tmp_path: Path) -> None:
    office = Office(loses="x")
    with pytest.raises(ProviderError, match="batch-0 hold 0 of its 1 call") as caught:
        ask(tmp_path, office, "x", retries=1)
    assert "fetch its results again with --resume; to give it up, delete" in caught.value.hint
    office.loses = ""
    assert ask(tmp_path, office, "x")[1] == ["x"]
    assert office.asked == ["x"]


def test_fewer_results_than_the_service_counts_are_fetched_again(tmp_path: Path) -> None:
    office = Office(loses="x", counted=2)
    with pytest.raises(ProviderError, match="batch-0 hold 1 of its 2 calls"):
        ask(tmp_path, office, "x", "y", retries=1)
    office.loses = ""
    assert ask(tmp_path, office, "x", "y")[1] == ["x", "y"]
    assert office.asked == ["x", "y"]


def test_what_came_of_results_that_are_not_whole_is_kept(tmp_path: Path) -> None:
    office = Office(cut="x")
    with pytest.raises(ProviderError, match="cut off"):
        ask(tmp_path, office, "x", "y", retries=1)
    assert '"y"' in (tmp_path / "calls.jsonl").read_text()
    office.cut = ""
    assert ask(tmp_path, office, "x", "y")[1] == ["x", "y"]
    assert office.asked == ["x", "y"]


def test_a_batch_that_is_gone_is_said_to_be_and_given_up_by_hand_alone(tmp_path: Path) -> None:
    office = Office(gone=True)
    for _ in range(2):
        with pytest.raises(ProviderError, match="no such batch") as caught:
            ask(tmp_path, office, "x", retries=1)
        assert "goes on" not in str(caught.value)
        assert "does not know the batch" in caught.value.hint
        assert "to give it up, delete its line in batches.jsonl" in caught.value.hint
    office.gone = False
    (tmp_path / "batches.jsonl").write_text("")
    assert ask(tmp_path, office, "x")[1] == ["x"]
    assert office.asked == ["x", "x"]


def test_of_two_replies_to_a_call_the_first_is_read_and_noted(tmp_path: Path) -> None:
    _, found = ask(tmp_path, Office(twice="y"), "x", "y")
    assert found == ["x", "y"]
    rows = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    notes = {row["item"]: row["completion"]["note"] for row in rows}
    assert notes == {"x": "", "y": "the batch holds another reply for it too; the first is read"}


def test_a_look_that_fails_is_repeated(tmp_path: Path) -> None:
    office = Office(unreachable=3)
    assert ask(tmp_path, office, "x", retries=5)[1] == ["x"]


def test_what_a_batch_lost_or_failed_is_asked_again_by_the_next_run(tmp_path: Path) -> None:
    office = Office(loses="y", fails="z")
    assert ask(tmp_path, office, "x", "y", "z")[1] == ["x", "missing", "server"]
    office.loses = office.fails = ""
    assert ask(tmp_path, office, "x", "y", "z")[1] == ["x", "y", "z"]
    assert office.asked == ["x", "y", "z", "y", "z"]


def test_a_batch_that_failed_is_told_and_submitted_anew(tmp_path: Path) -> None:
    office = Office(state="failed")
    assert ask(tmp_path, office, "x", "y")[1] == ["server", "server"]
    assert "it expired" in (tmp_path / "calls.jsonl").read_text()
    office.state = "done"
    assert ask(tmp_path, office, "x", "y")[1] == ["x", "y"]
    assert office.asked == ["x", "y", "x", "y"]


def test_caps_hold_for_batches(tmp_path: Path) -> None:
    office = Office()
    engine, found = ask(tmp_path, office, *"abcdef", max_calls=4)
    assert found == [*"abcd", "stopped", "stopped"]
    assert office.asked == [*"abcd"]
    assert engine.stop is not None
    assert ask(tmp_path, office, *"abcdef", max_calls=6)[1] == [*"abcdef"]


def test_a_cap_on_tokens_takes_what_fits_batch_after_batch(tmp_path: Path) -> None:
    office = Office()
    # A call takes 11 tokens at most and 6 in fact.
    engine, found = ask(tmp_path, office, *"abcdef", max_tokens=34)
    assert found.count("stopped") == 2
    assert [len(batch) for batch in office.submitted.values()] == [3, 1]
    assert engine.budget.spent.tokens == 24


def test_the_time_is_up_while_a_batch_is_out(tmp_path: Path) -> None:
    office = Office(looks=-1000)
    engine, found = ask(tmp_path, office, "x", max_seconds=0.1)
    assert found == ["stopped"]
    assert engine.stop is not None
    office.looks = 10
    assert ask(tmp_path, office, "x")[1] == ["x"]
    assert office.asked == ["x"]


def test_batches_fill_the_cache_and_are_spared_by_it(tmp_path: Path) -> None:
    office = Office()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with Cache(tmp_path / "c") as cache:
        ask(tmp_path / "one", office, "x", "y", cache=cache)
        cache.flush()
        assert ask(tmp_path / "two", office, "x", "y", "z", cache=cache)[1] == ["x", "y", "z"]
    assert office.asked == ["x", "y", "z"]


def test_a_line_that_a_kill_cut_off_is_no_batch_and_a_broken_one_is_named(tmp_path: Path) -> None:
    office = Office()
    (tmp_path / "batches.jsonl").write_text('{"batch": "b')
    assert ask(tmp_path, office, "x")[1] == ["x"]
    assert ask(tmp_path, office, "x", "y")[1] == ["x", "y"]
    (tmp_path / "batches.jsonl").write_text("{oops}\n")
    with pytest.raises(DataError, match=r"batches.jsonl:1"):
        ask(tmp_path, office, "new")
