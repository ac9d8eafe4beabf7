"""What goes wrong at the other end, each time with what the server saw."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from known.server import Bucket, Fault, Server, always, in_turn, mixed
from known.web import Web

from amplify import Completion, Failure, PluginError, Prompt, Reply, Request
from amplify.contract.progress import silent
from amplify.run.engine.engine import Engine
from amplify.run.plan.sections import CallsSection
from amplify.run.store.journal import Journal

FAST: dict[str, Any] = {"backoff": 0.01, "timeout": 1.0}


def request(own: str, shared: str = "", **more: Any) -> Request:
    return Request(Prompt(shared, own), "a", own, more.pop("max_tokens", 10), **more)


@contextmanager
def engine(server: Server, path: Path, web: Web | None = None, **calls: Any) -> Iterator[Engine]:
    settings = CallsSection(**{**FAST, **calls})
    provider = web or Web(f"{server.url}/v1")
    with Journal(path) as journal, Engine(provider, journal, silent, settings) as made:
        yield made


def kinds(outcomes: list[Completion | Failure]) -> list[str]:
    return [o.stop if isinstance(o, Completion) else o.kind for o in outcomes]


def items(count: int, word: str = "item") -> list[Request]:
    return [request(f"{word}-{index}") for index in range(count)]


def ask(server: Server, path: Path, *owns: str, **calls: Any) -> list[Completion | Failure]:
    with engine(server, path, **calls) as asking:
        return asking.ask([request(own) for own in owns])


@pytest.mark.parametrize(
    "fault",
    ["429", "500", "502", "503", "529", "408", "hang", "cut", "reset", "not-json", "empty-body",
     "no-choice"],
)  # fmt: skip
def test_what_passes_is_tried_again_and_answered(tmp_path: Path, fault: str) -> None:
    with Server(in_turn(fault)) as server:
        outcomes = ask(server, tmp_path / "j", "one", "two")
    assert kinds(outcomes) == ["end", "end"]
    assert server.prompts == {"one": 2, "two": 1}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", "rate-limit"),
        ("500", "server"),
        ("502", "server"),
        ("hang", "timeout"),
        ("drip", "timeout"),
        ("cut", "connection"),
        ("reset", "connection"),
        ("not-json", "invalid-reply"),
        ("no-choice", "invalid-reply"),
    ],
)
def test_without_retries_a_failure_is_one_request_and_an_error_of_its_item(
    tmp_path: Path, fault: str, kind: str
) -> None:
    with Server(in_turn(fault)) as server:
        outcomes = ask(server, tmp_path / "j", "one", "two", retries=0)
        assert kinds(outcomes) == [kind, "end"]
        assert server.prompts == {"one": 1, "two": 1}
        # It is asked again by the next run, the answered one is not.
        assert kinds(ask(server, tmp_path / "j", "one", "two")) == ["end", "end"]
        assert server.prompts == {"one": 2, "two": 1}


def test_an_item_that_always_fails_is_given_up_and_the_others_are_answered(tmp_path: Path) -> None:
    with Server(lambda seen: Fault("500") if seen.prompt == "bad" else None) as server:
        outcomes = ask(server, tmp_path / "j", "one", "bad", "two", "three", retries=2)
    assert kinds(outcomes) == ["end", "server", "end", "end"]
    assert server.prompts == {"one": 1, "bad": 3, "two": 1, "three": 1}


@pytest.mark.parametrize("stop", ["refusal", "length", "content-filter"])
def test_a_reply_that_ends_early_is_a_reply_and_not_asked_again(tmp_path: Path, stop: str) -> None:
    with Server(always(stop)) as server:
        assert kinds(ask(server, tmp_path / "j", "one")) == [stop]
        assert kinds(ask(server, tmp_path / "j", "one")) == [stop]
    assert server.prompts == {"one": 1}


def test_a_bad_request_is_not_repeated(tmp_path: Path) -> None:
    with Server(in_turn("400", "413", "422")) as server:
        outcomes = ask(server, tmp_path / "j", "a", "b", "c", "d", concurrency=1)
    assert kinds(outcomes) == ["bad-request", "too-long", "bad-request", "end"]
    assert len(server.seen) == 4


def test_a_wrong_key_stops_at_the_first_call(tmp_path: Path) -> None:
    with (
        Server(key="right") as server,
        engine(server, tmp_path / "j", Web(f"{server.url}/v1", key="wrong")) as asking,
    ):
        outcomes = asking.ask(items(50))
        assert asking.stop is not None
        assert asking.stop.kind == "auth"
        assert "Incorrect API key" in asking.stop.message
    assert set(kinds(outcomes)) == {"stopped"}
    assert len(server.seen) == 1


def test_a_wrong_model_stops_at_the_first_call(tmp_path: Path) -> None:
    with Server(model="right") as server, engine(server, tmp_path / "j") as asking:
        asking.ask(items(50))
        assert asking.stop is not None
        assert "'echo' does not exist" in asking.stop.message
    assert len(server.seen) == 1


def test_a_quota_that_is_used_up_stops_and_what_was_answered_counts(tmp_path: Path) -> None:
    left = [10]

    def spend(_: object) -> Fault | None:
        left[0] -= 1
        return Fault("quota") if left[0] < 0 else None

    with Server(spend) as server:
        with engine(server, tmp_path / "j", concurrency=4) as asking:
            outcomes = asking.ask(items(50))
            assert asking.stop is not None
            assert asking.stop.kind == "quota"
        assert kinds(outcomes).count("end") == 10
        assert kinds(outcomes).count("stopped") == 40
        assert len(server.seen) <= 14
        left[0] = 1000
        before = server.prompts
        assert kinds(ask(server, tmp_path / "j", *(r.item for r in items(50)))) == ["end"] * 50
    answered = {
        r.item
        for r, o in zip(items(50), outcomes, strict=True)
        if o == o and isinstance(o, Completion)
    }
    assert all(server.prompts[item] == before[item] for item in answered)


def test_a_wait_of_an_hour_is_a_quota_and_not_slept_through(tmp_path: Path) -> None:
    with Server(always("429", 3600)) as server, engine(server, tmp_path / "j") as asking:
        asking.ask(items(20))
        assert asking.stop is not None
        assert asking.stop.kind == "quota"
        assert "3,600 s" in asking.stop.message
    assert len(server.seen) == 1


def test_a_server_that_wants_an_hour_is_not_waited_for(tmp_path: Path) -> None:
    with Server(in_turn(None, Fault("503", 3600))) as server, engine(server, tmp_path / "j") as on:
        outcomes = on.ask(items(20))
        assert on.stop is not None
        assert "3,600 s" in on.stop.message
    assert kinds(outcomes).count("end") >= 1
    assert len(server.seen) <= 17


class Miscounting(Web):
    """Its tokenizer breaks down in the middle."""

    counted = 0

    def count_tokens(self, text: str) -> int:
        self.counted += 1
        return 1 if self.counted < 5 else 1 // 0


class Raising(Web):
    """Raises where it should give a failure, once it has answered a few."""

    asked = 0

    async def answer(self, request: Request) -> Reply:
        self.asked += 1
        if self.asked > 4:
            raise ValueError("a bug")
        return await super().answer(request)


class Odd(Web):
    """Gives something else."""

    async def answer(self, request: Request) -> Reply:
        return cast(Reply, "hello")


@pytest.mark.parametrize(
    ("kind", "words"),
    [(Miscounting, "division"), (Raising, "a bug"), (Odd, "not one Reply")],
)
def test_a_provider_with_a_bug_ends_the_run_and_is_named(
    tmp_path: Path, kind: type[Web], words: str
) -> None:
    with Server(delay=0.01) as server:
        web = kind(f"{server.url}/v1")
        with (
            pytest.raises(PluginError, match=words),
            engine(server, tmp_path / "j", web, tokens_per_minute=1e9) as asking,
        ):
            asking.ask(items(30))
        with Journal(tmp_path / "j") as journal:
            kept = len(journal.completions)
        # What was answered until then is kept.
        assert kinds(ask(server, tmp_path / "j", *(r.item for r in items(30)))) == ["end"] * 30
    assert kept == (0 if kind is Odd else 4)
    assert len(server.seen) <= 30 + 16


def test_threads_that_ask_for_the_same_are_one_call(tmp_path: Path) -> None:
    with Server(delay=0.05) as server, engine(server, tmp_path / "j") as asking:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: kinds(asking.ask(items(3))), range(4)))
        assert found == [["end"] * 3] * 4
    assert len(server.seen) == 3


def test_retry_after_holds_all_calls_back(tmp_path: Path) -> None:
    with Server(in_turn(None, Fault("429", 0.4))) as server:
        outcomes = ask(server, tmp_path / "j", *(r.item for r in items(6)), concurrency=1)
    assert kinds(outcomes) == ["end"] * 6
    at = [seen.at for seen in server.seen]
    assert len(at) == 7
    assert at[2] - at[1] >= 0.4


@pytest.mark.parametrize("after", [0.2, None])
def test_under_a_limit_that_all_calls_share_none_is_lost(
    tmp_path: Path, after: float | None
) -> None:
    limit = Bucket(60, after)
    with Server(limit) as server:
        outcomes = ask(server, tmp_path / "j", *(r.item for r in items(120)), concurrency=64)
    assert kinds(outcomes) == ["end"] * 120
    # An answered item is asked once; the others as often as they were refused.
    assert len(server.seen) == 120 + limit.refused
    assert limit.refused < 480


def test_headers_that_leave_room_for_one_let_one_go(tmp_path: Path) -> None:
    told = {"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "60"}
    with Server(headers=told, delay=0.005) as server:
        outcomes = ask(server, tmp_path / "j", *(r.item for r in items(12)), concurrency=8)
    assert kinds(outcomes) == ["end"] * 12
    assert server.most == 1


def test_so_many_calls_a_minute_and_no_more(tmp_path: Path) -> None:
    with Server() as server:
        ask(server, tmp_path / "j", *(r.item for r in items(7)), requests_per_minute=1200)
    at = [seen.at for seen in server.seen]
    # 1200 a minute are 50 ms apart; a little less by when they reach the server.
    assert at[-1] - at[0] >= 6 * 0.05 - 0.02


def test_so_many_tokens_a_minute_and_no_more(tmp_path: Path) -> None:
    with Server() as server:
        asked = [request(f"{word} " * 40, max_tokens=10) for word in "abcd"]
        with engine(server, tmp_path / "j", tokens_per_minute=30_000) as asking:
            asking.ask(asked)
    at = [seen.at for seen in server.seen]
    # The first of about 20 tokens each; 500 tokens a second.
    assert at[-1] - at[0] >= 3 * 20 / 500 - 0.02


@pytest.mark.parametrize("retries", [0, 5])
def test_a_server_that_answers_nothing_is_left_alone_after_a_few_calls(
    tmp_path: Path, retries: int
) -> None:
    with Server(always("500")) as server, engine(server, tmp_path / "j", retries=retries) as asking:
        outcomes = asking.ask(items(2000))
        assert asking.stop is not None
        assert asking.stop.kind == "breaker"
        assert "HTTP 500" in asking.stop.message
    assert len(server.seen) <= 6
    assert "stopped" in kinds(outcomes)


def at_call(server: Server, number: int, work: Callable[[], None]) -> Callable[[Any], None]:
    """A fault that does no harm: that call sets off the work, in a thread of its own."""

    left = [number]

    def faults(_: Any) -> None:
        left[0] -= 1
        if not left[0]:
            threading.Thread(target=work).start()

    return faults


def test_a_server_that_dies_stops_the_run_soon(tmp_path: Path) -> None:
    with Server(delay=0.01) as server, engine(server, tmp_path / "j", concurrency=32) as asking:
        server.faults = at_call(server, 200, server.die)
        outcomes = asking.ask(items(3000))
        assert asking.stop is not None
        assert asking.stop.kind == "breaker"
        seen = len(server.seen)
    assert seen < 400
    assert kinds(outcomes).count("end") >= seen - 32
    assert set(kinds(outcomes)) == {"end", "stopped"}


def test_a_server_that_dies_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    with Server(delay=0.005) as server:

        def outage() -> None:
            server.die()
            time.sleep(0.3)
            server.come_back()

        server.faults = at_call(server, 200, outage)
        owns = [r.item for r in items(800)]
        outcomes = ask(server, tmp_path / "j", *owns, backoff=0.1)
    assert kinds(outcomes) == ["end"] * 800
    assert len(server.seen) <= 800 + 16


def test_one_call_goes_first_where_the_other_end_caches_the_shared_block(tmp_path: Path) -> None:
    with Server(delay=0.02) as server:
        web = Web(f"{server.url}/v1", warms=True)
        asked = [request(f" {block}-{n}", block) for block in ("one", "two") for n in range(6)]
        with engine(server, tmp_path / "j", web, concurrency=16) as asking:
            outcomes = asking.ask(asked)
    assert kinds(outcomes) == ["end"] * 12
    at = [seen.at for seen in server.seen]
    first = {}
    for seen in server.seen:
        first.setdefault(seen.prompt.split()[0], seen.at)
    for seen in server.seen:
        began = first[seen.prompt.split()[0]]
        assert seen.at == began or seen.at - began >= 0.02
    assert len(at) == 12


QUICK = ("429", "500", "502", "cut", "reset", "not-json", "no-choice", "refusal", "length",
         "content-filter")  # fmt: skip
MIX = [Fault(kind) for kind in QUICK] * 3
MIX += [Fault("429", 0.02), Fault("hang"), Fault("drip", 0.02)]


def test_two_thousand_items_under_a_fifth_of_faults(tmp_path: Path) -> None:
    answered: set[str] = set()
    twice: list[str] = []
    befall = mixed(0.2, MIX, seed=5)
    whole = {"refusal", "length", "content-filter"}

    def faults(seen: Any) -> Fault | None:
        if seen.prompt in answered:
            twice.append(seen.prompt)
        fault = befall(seen)
        if fault is None or fault.kind in whole:
            answered.add(seen.prompt)
        return fault

    with Server(faults) as server:
        owns = [r.item for r in items(2000)]
        outcomes = ask(server, tmp_path / "j", *owns, concurrency=64)
    assert len(outcomes) == 2000
    assert set(kinds(outcomes)) == {"end", *whole}
    assert twice == []
    assert len(server.seen) > 2200
