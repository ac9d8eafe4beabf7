"""Caps hold whatever a service does: think at length, tell no tokens or wrong ones, hang."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from known.openai_words import chat
from known.prices import TABLE
from known.server import Seen, Server, always, in_turn
from known.web import Web

from amplify import Completion, Failure, MostTokens, PluginError, Prompt, Request, Usage
from amplify.contract.progress import silent
from amplify.kit.token_bounds import most_prompt_tokens, text_size
from amplify.run.cost.prices import Price, find_price, read_prices
from amplify.run.cost.spent import Excess, Spent
from amplify.run.cost.token_counts import most_tokens
from amplify.run.cost.usage import ABSURD, believable
from amplify.run.engine.budget import Budget, Caps
from amplify.run.engine.engine import Engine
from amplify.run.plan.sections import CallsSection
from amplify.run.store.attempts import FirstReply
from amplify.run.store.journal import Journal


@dataclass
class Reasoning(Web):
    """A provider whose model thinks before it answers: its replies may be so much longer."""

    thinks: int = 0
    told: list[str] = field(default_factory=list)

    def most_tokens(self, request: Request) -> MostTokens:
        return MostTokens(self.count_tokens(request.prompt.text), request.max_tokens + self.thinks)


@dataclass
class Uncounted(Web):
    """A provider without a tokenizer."""

    def count_tokens(self, text: str) -> None:  # type: ignore[override]  # it counts none
        return None


TOLD = Web("").count_tokens("item 00000000: rain")
"""Tokens of each prompt, by the provider and by the server."""


def usage(**told: Any) -> Callable[[Seen], tuple[int, Mapping[str, str], bytes]]:
    """A service that tells this usage."""
    return lambda seen: (200, {}, json.dumps({**chat("even"), "usage": told}).encode())


def items(count: int) -> list[Request]:
    return [Request(Prompt("", f"item {n:08}: rain"), "a", str(n), 10) for n in range(count)]


def ask(
    provider: Web, path: Path, price: Price | None = None, count: int = 40, **calls: Any
) -> tuple[Engine, list[str]]:
    settings = CallsSection(**{"backoff": 0.001, "concurrency": 4, **calls})
    told: list[str] = []
    with (
        Journal(path / "calls.jsonl") as journal,
        Engine(provider, journal, silent, settings, price=price, warn=told.append) as engine,
    ):
        engine.ask(items(count))
    return engine, told


@pytest.fixture
def price(tmp_path: Path) -> Price:
    (tmp_path / "prices.toml").write_text(TABLE)
    found = find_price(read_prices(tmp_path / "prices.toml"), {"model": "echo"})
    assert found is not None
    return found


def service(**told: Any) -> Server:
    return Server(routes={"POST /v1/chat/completions": usage(**told)})


def test_a_call_is_held_at_what_its_provider_says_it_may_take(tmp_path: Path, price: Price) -> None:
    """A model that thinks takes forty times what its answer may have: one call fits, no two."""
    with service(prompt_tokens=TOLD, completion_tokens=400) as server:
        provider = Reasoning(f"{server.url}/v1", thinks=390)
        engine, _ = ask(provider, tmp_path, price, max_cost=0.1)
        paid = len(server.seen) * (TOLD * 100 + 400 * 200) / 1e6
    assert len(server.seen) == 1
    assert paid <= 0.1
    assert engine.stop is not None
    assert f"a call may cost {(TOLD * 125 + 400 * 200) / 1e6:.4g}" in engine.stop.message


def test_a_service_that_takes_more_than_it_may_is_learned_from_and_told_of(
    tmp_path: Path, price: Price
) -> None:
    """The first call takes twenty times its most: no other goes that might go beyond the cap."""
    with service(prompt_tokens=TOLD, completion_tokens=200) as server:
        engine, told = ask(Web(f"{server.url}/v1"), tmp_path, price, max_cost=0.1)
        assert len(server.seen) * (TOLD * 100 + 200 * 200) / 1e6 <= 0.1
        assert len(server.seen) == 2
        # Whoever resumes knows it too, before the first call.
        ask(Web(f"{server.url}/v1"), tmp_path, price, max_cost=0.12)
        assert len(server.seen) == 2
    assert engine.budget.excess.output == 20
    (line,) = told
    assert f"took {TOLD} tokens of prompt and 200 of reply" in line


UNKNOWN: list[dict[str, Any]] = [
    {},
    {"prompt_tokens": -TOLD, "completion_tokens": -5},
    {"prompt_tokens": 1.5, "completion_tokens": 2.5},
    {"prompt_tokens": "11", "completion_tokens": "3"},
    {"prompt_tokens": True, "completion_tokens": True},
    {"prompt_tokens": float("nan"), "completion_tokens": float("inf")},
    {"prompt_tokens": ABSURD + 1, "completion_tokens": 10**30},
    {"prompt_tokens": 0, "completion_tokens": 0},
    {"prompt_tokens": [3], "completion_tokens": {}},
]


@pytest.mark.parametrize("told", UNKNOWN)
def test_usage_that_cannot_be_true_is_unknown_and_taken_for_the_most(
    tmp_path: Path, price: Price, told: dict[str, Any]
) -> None:
    body = {"prompt_tokens": None, "completion_tokens": None, **told}
    most = TOLD * 125 + 10 * 200  # all of a prompt written to a cache, and a reply of 10
    with service(**body) as server:
        engine, _ = ask(Web(f"{server.url}/v1"), tmp_path, price, max_cost=10.5 * most / 1e6)
        asked = len(server.seen)
        assert asked == 10
        assert engine.budget.spent.cost == pytest.approx(asked * most / 1e6)
        # A resumed run knows what it took, and goes on with a higher cap.
        ask(Web(f"{server.url}/v1"), tmp_path, price, max_cost=10.5 * most / 1e6)
        assert len(server.seen) == asked
        engine, _ = ask(Web(f"{server.url}/v1"), tmp_path, price, max_cost=12.5 * most / 1e6)
        assert len(server.seen) == 12
        assert engine.budget.spent.tokens == 12 * (TOLD + 10)
    rows = [json.loads(row) for row in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert all(row["cost"] is None for row in rows)
    assert all(row["guessed"] == {"input": TOLD, "output": 10} for row in rows)


def test_what_was_asked_without_a_cap_counts_once_there_is_one(
    tmp_path: Path, price: Price
) -> None:
    with service(prompt_tokens=None, completion_tokens=None) as server:
        web = Web(f"{server.url}/v1")
        engine, _ = ask(web, tmp_path, price, count=10)
        assert engine.budget.spent.cost is None  # nobody capped it: unknown stays unknown
        ask(Web(f"{server.url}/v1"), tmp_path, max_tokens=11 * (TOLD + 10) - 1)
        assert len(server.seen) == 10
        ask(Web(f"{server.url}/v1"), tmp_path, price, max_cost=12.5 * (TOLD * 125 + 2000) / 1e6)
        assert len(server.seen) == 12


@pytest.mark.parametrize(
    ("told", "limit", "found"),
    [
        (Usage(10, 5, 4, 3), None, Usage(10, 5, 4, 3)),
        (Usage(10, 5, 8, 3), None, Usage(10, 5)),
        (Usage(None, 5, 8, 3), None, Usage(None, 5)),
        (Usage(10, 5, -1), None, Usage(10, 5)),
        (Usage(2000, 5), 1000, Usage(None, 5)),
        (Usage(2000, 5), 4000, Usage(2000, 5)),
        (Usage(10, 4001), 4000, Usage(10)),
    ],
)
def test_what_is_believed_of_a_usage(told: Usage, limit: int | None, found: Usage) -> None:
    assert believable(Completion("a reply", "m", usage=told), limit).usage == found


def test_a_ranking_writes_nothing_and_an_empty_reply_takes_nothing() -> None:
    for done in (
        Completion("", "m", usage=Usage(10, 0)),
        Completion("good", "m", usage=Usage(10, 0), logprobs=(("good", -0.1), ("bad", -2.0))),
    ):
        assert believable(done) is done


def test_a_prompt_that_nobody_counts_takes_at_most_its_bytes() -> None:
    web = Uncounted("http://127.0.0.1:1/v1")
    for text in ("plain words", "naïve café", "日本語の文", "🦊" * 9):
        found = most_tokens(web, Request(Prompt("", text), "a", "1", 10))
        assert found == MostTokens(most_prompt_tokens(len(text.encode()), 1), 10)
    # A tokenizer may write one character out as eighteen.
    assert text_size("\ufdfa") == 33 > len("\ufdfa".encode())
    assert text_size("\ud800") == 3


@pytest.mark.parametrize("told", [None, (3, 4), MostTokens(-1, 4), MostTokens(1, 2.5)])  # type: ignore[arg-type]  # what is no bound
def test_a_bound_that_is_none_is_the_plugins_fault(tmp_path: Path, told: Any) -> None:
    class Wrong(Web):
        def most_tokens(self, request: Request) -> Any:
            return told

    with Server() as server, pytest.raises(PluginError, match="not MostTokens of two counts"):
        ask(Wrong(f"{server.url}/v1"), tmp_path, max_tokens=1000)
    assert not server.seen


@pytest.mark.parametrize("kind", ["hang", "cut", "not-json"])
def test_an_attempt_that_may_have_been_charged_for_counts_at_its_most(
    tmp_path: Path, price: Price, kind: str
) -> None:
    """The service did the work, and the reply was lost."""
    most = (TOLD * 125 + 10 * 200) / 1e6
    calls = {"max_cost": 4.5 * most, "concurrency": 1, "retries": 1, "timeout": 0.2}
    with Server(in_turn(None, kind, kind)) as server:
        engine, _ = ask(Web(f"{server.url}/v1"), tmp_path, price, **calls)
    found = engine.budget.spent.cost
    assert found is not None
    # 2 lost at their most; each that was answered took {TOLD} tokens of prompt and 1 of reply.
    answered = len(server.seen) - 2
    assert found == pytest.approx(2 * most + answered * (TOLD * 100 + 200) / 1e6)
    assert found <= 4.5 * most
    with Journal(tmp_path / "calls.jsonl") as journal:
        assert journal.spent_at(price).cost == pytest.approx(found)


@pytest.mark.parametrize("kind", ["500", "429"])
def test_a_refusal_costs_nothing_but_the_call(tmp_path: Path, price: Price, kind: str) -> None:
    with Server(in_turn(None, kind, kind)) as server:
        engine, _ = ask(Web(f"{server.url}/v1"), tmp_path, price, count=4, max_cost=1.0)
    assert len(server.seen) == 6
    assert engine.budget.spent.cost == pytest.approx(4 * (TOLD * 100 + 200) / 1e6)


def test_an_address_where_nobody_listens_costs_nothing(tmp_path: Path, price: Price) -> None:
    with Server() as server:
        url = server.url
    engine, _ = ask(Web(f"{url}/v1"), tmp_path, price, count=1, max_cost=1.0, retries=1)
    assert (engine.budget.spent.cost, engine.budget.spent.tokens) == (0, 0)


def test_attempts_that_failed_before_a_stop_count_after_it(tmp_path: Path) -> None:
    """Every second request fails: however often the run is resumed, the cap is the run's."""
    faults = in_turn(*[None, "500"] * 100)
    with Server(faults) as server:
        for cap in (9, 9, 14, 20, 20, 33):
            ask(Web(f"{server.url}/v1"), tmp_path, max_calls=cap, retries=9)
            assert len(server.seen) == cap
        with Journal(tmp_path / "calls.jsonl") as journal:
            assert journal.spent.calls == len(server.seen)


def test_an_attempt_that_was_cut_off_counts_though_its_reply_came_from_elsewhere(
    tmp_path: Path, price: Price
) -> None:
    path = tmp_path / "calls.jsonl"
    with Journal(path) as journal:
        journal.attempts.sent("k", MostTokens(100, 10))
    with Journal(path) as journal:
        done = Completion("even", "echo", usage=Usage(50, 1))
        journal.add("k", items(1)[0], done, cached=True)
    for _ in range(2):
        with Journal(path) as journal:
            assert journal.spent_at(price).cost == pytest.approx(price.most(100, 10))
            assert (journal.spent.calls, journal.spent.tokens) == (1, 110)


def test_a_first_reply_counts_once_whether_or_not_its_second_call_was_answered(
    tmp_path: Path, price: Price
) -> None:
    path, most = tmp_path / "calls.jsonl", MostTokens(200, 30)

    def spent() -> tuple[int, int, float | None]:
        with Journal(path) as journal:
            spent = journal.spent_at(price)
            return spent.calls, spent.tokens, spent.cost

    with Journal(path) as journal:
        journal.attempts.sent("k", most)
        first = Completion("It rains.", "echo", usage=Usage(50, 10))
        journal.attempts.wrote("k", FirstReply(first, most))
    assert spent() == (1, 60, pytest.approx(price.cost(Usage(50, 10))))
    with Journal(path) as journal:
        assert journal.attempts.written["k"].completion == first
        journal.attempts.sent("k", most)
        both = replace(first, label="bad", usage=Usage(110, 13))
        journal.add("k", items(1)[0], both, sent=1, cost=price.cost(both.usage))
    assert spent() == (2, 123, pytest.approx(price.cost(both.usage)))


def test_a_second_call_that_may_have_been_charged_for_counts_beyond_its_first_reply(
    tmp_path: Path, price: Price
) -> None:
    path, most = tmp_path / "calls.jsonl", MostTokens(200, 30)
    first = FirstReply(Completion("It rains.", "echo", usage=Usage(50, 10)), most)
    caps = Caps(tokens=10_000)
    budget = Budget(caps, price, lambda request: most, Spent(), Excess())
    budget.begin(most)
    budget.count_first(first)
    budget.end(most, Failure("timeout", "no whole reply", retry=True), first)
    cost = price.cost(Usage(50, 10)) + price.most(150, 20)
    assert (budget.spent.tokens, budget.spent.cost) == (230, pytest.approx(cost))
    for ending in ("failed", "cut off"):
        with Journal(path.with_name(f"{ending}.jsonl")) as journal:
            journal.attempts.sent("k", most)
            journal.attempts.wrote("k", first)
            journal.attempts.sent("k", most)
            if ending == "failed":
                journal.attempts.failed("k", "timeout", True)
        with Journal(path.with_name(f"{ending}.jsonl")) as journal:
            spent = journal.spent_at(price)
            assert (spent.tokens, spent.cost) == (230, pytest.approx(cost))


def test_a_dead_server_uses_the_calls_up_too(tmp_path: Path) -> None:
    with Server(always("500")) as server:
        for _ in range(3):
            ask(Web(f"{server.url}/v1"), tmp_path, max_calls=8)
    assert len(server.seen) == 8


def test_a_journal_of_before_there_were_attempts_is_read(tmp_path: Path) -> None:
    with Journal(tmp_path / "calls.jsonl") as journal:
        done = Completion("even", "echo", usage=Usage(11, 1))
        journal.add("k1", items(1)[0], done, sent=3, cost=0.5)
        journal.add("k2", items(1)[0], Failure("server", "down", retry=True), sent=2)
    assert not (tmp_path / "calls-attempts.jsonl").exists()
    with Journal(tmp_path / "calls.jsonl") as journal:
        assert (journal.spent.calls, journal.spent.tokens, journal.spent.cost) == (5, 12, 0.5)
