"""Caps: never exceeded, and as close to them as a call allows."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from known.prices import TABLE
from known.server import Server, in_turn
from known.web import Web

from amplify import Completion, Failure, PlanError, Prompt, Request, Usage
from amplify.contract.context import Context
from amplify.contract.progress import silent
from amplify.run.cost.prices import Price, find_price, read_prices
from amplify.run.engine.engine import Engine
from amplify.run.engine.open_engine import price_of
from amplify.run.engine.request_key import request_key
from amplify.run.plan.sections import CallsSection
from amplify.run.store.attempts import FirstReply
from amplify.run.store.journal import Journal


def items(count: int) -> list[Request]:
    return [Request(Prompt("", f"item {n}"), "a", str(n), 10) for n in range(count)]


def ask(
    server: Server, path: Path, count: int = 40, price: Price | None = None, **calls: Any
) -> tuple[Engine, list[Completion | Failure]]:
    web = Web(f"{server.url}/v1")
    settings = CallsSection(backoff=0.01, **calls)
    with Journal(path) as journal, Engine(web, journal, silent, settings, price=price) as engine:
        return engine, engine.ask(items(count))


def answered(outcomes: list[Completion | Failure]) -> int:
    return sum(isinstance(o, Completion) for o in outcomes)


def table(tmp_path: Path, text: str = TABLE) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    return path


def priced(tmp_path: Path) -> Price:
    found = find_price(read_prices(table(tmp_path)), {"model": "echo"})
    assert found is not None
    return found


def test_so_many_calls_and_no_more_and_a_resumed_run_goes_on_with_more(tmp_path: Path) -> None:
    with Server(delay=0.005) as server:
        engine, outcomes = ask(server, tmp_path / "j", max_calls=10)
        assert answered(outcomes) == len(server.seen) == 10
        assert engine.stop is not None
        assert engine.stop.message == "stopped by --max-calls: 10 calls were made"
        # The cap is the run's: what it made before counts.
        ask(server, tmp_path / "j", max_calls=10)
        assert len(server.seen) == 10
        engine, outcomes = ask(server, tmp_path / "j", max_calls=40)
        assert (engine.stop, answered(outcomes), len(server.seen)) == (None, 40, 40)


def test_what_is_left_counts_the_label_that_a_service_may_be_asked_for_apart(
    tmp_path: Path,
) -> None:
    labels = {"labels": (" warm", " cold"), "writes_first": True}
    both = [replace(request, **labels) for request in items(3)]
    web = Web("http://localhost:1/v1")
    with Journal(tmp_path / "j") as journal, Engine(web, journal, silent) as engine:
        assert engine.remaining(items(3)).calls == 3
        assert engine.remaining([replace(r, writes_first=False) for r in both]).calls == 3
        assert engine.remaining(both).calls == 6
        # The rationale is there: its label alone is asked for.
        first = FirstReply(Completion("It rains.", "echo"), None)
        journal.attempts.wrote(request_key(both[0], engine.identity), first)
        assert engine.remaining(both).calls == 5


def test_a_call_counts_as_often_as_it_is_tried(tmp_path: Path) -> None:
    with Server(in_turn(None, "500", "500")) as server:
        _, outcomes = ask(server, tmp_path / "j", max_calls=10, concurrency=1)
    assert len(server.seen) == 10
    assert answered(outcomes) == 8


def test_tokens_stay_below_their_cap_and_come_close(tmp_path: Path) -> None:
    with Server(delay=0.005) as server:
        engine, outcomes = ask(server, tmp_path / "j", max_tokens=200, concurrency=8)
    used = sum((o.usage.input or 0) + (o.usage.output or 0) for o in outcomes
               if isinstance(o, Completion))  # fmt: skip
    assert engine.budget.spent.tokens == used
    # Another call would take 11 tokens of prompt, and up to 10 of reply.
    assert 200 - 21 < used <= 200
    assert engine.stop is not None
    assert "--max-tokens" in engine.stop.message


def test_money_stays_below_its_cap(tmp_path: Path) -> None:
    price = priced(tmp_path)
    with Server(delay=0.005) as server:
        engine, outcomes = ask(server, tmp_path / "j", price=price, max_cost=0.02, concurrency=8)
    cost = sum(price.cost(o.usage) or 0 for o in outcomes if isinstance(o, Completion))
    assert engine.budget.spent.cost == pytest.approx(cost)
    assert 0.015 < cost <= 0.02
    assert engine.stop is not None
    assert "USD are spent" in engine.stop.message
    with Journal(tmp_path / "j") as journal:
        assert journal.spent_at(None).cost == pytest.approx(cost)


def test_calls_that_were_made_before_their_price_was_known_count(tmp_path: Path) -> None:
    price = priced(tmp_path)
    with Server() as server:
        ask(server, tmp_path / "j", count=10)
        engine, outcomes = ask(server, tmp_path / "j", count=20, price=price, max_cost=0.02)
    cost = sum(price.cost(o.usage) or 0 for o in outcomes if isinstance(o, Completion))
    assert engine.budget.spent.cost == pytest.approx(cost)
    assert 10 < len(server.seen) < 20
    with Journal(tmp_path / "j") as journal:
        assert journal.spent_at(None).cost is None


def test_calls_of_an_llm_without_a_price_end_no_other_llms_run(tmp_path: Path) -> None:
    """They share a journal, as the LLMs of a study do: the cap is on what has a price."""
    price = priced(tmp_path)
    others = [Request(Prompt("", f"other {n}"), "a", str(n), 10) for n in range(5)]
    with Server() as server, Journal(tmp_path / "j") as journal:
        with Engine(Web(f"{server.url}/v1"), journal, silent) as unpriced:
            unpriced.ask(others)
        settings = CallsSection(max_cost=0.02)
        web = Web(f"{server.url}/v1")
        with Engine(web, journal, silent, settings, price=price) as engine:
            outcomes = engine.ask(items(40))
        cost = sum(price.cost(o.usage) or 0 for o in outcomes if isinstance(o, Completion))
        assert 0.015 < cost <= 0.02
        assert engine.budget.spent.priced == pytest.approx(cost)
        assert engine.budget.spent.cost is None  # of all of them together it is not known


def test_the_time_is_up_even_for_a_call_that_hangs(tmp_path: Path) -> None:
    with Server(in_turn(None, "hang")) as server:
        began = time.monotonic()
        engine, outcomes = ask(server, tmp_path / "j", max_seconds=0.5, concurrency=2, timeout=60)
        took = time.monotonic() - began
    assert answered(outcomes) == 39
    assert engine.stop is not None
    assert "0.5 seconds" in engine.stop.message
    assert took < 30


def test_what_is_cached_or_replayed_costs_nothing() -> None:
    price = Price("m", "USD", 10.0, 20.0, "s", date=__import__("datetime").date(2026, 1, 1))
    assert price.cost(Usage(1_000_000, 0)) == 10
    assert price.cost(Usage(None, 5)) is None


def test_a_price_counts_cached_and_written_tokens_and_batches(tmp_path: Path) -> None:
    price = priced(tmp_path)
    usage = Usage(input=1000, output=100, cached=600, written=200)
    # 200 plain, 600 cached, 200 written, 100 of reply: by the table, a million each.
    assert price.cost(usage) == pytest.approx((200 * 100 + 600 * 10 + 200 * 125 + 100 * 200) / 1e6)
    calls = CallsSection(prices=str(table(tmp_path)))
    batch = price_of(calls, {"model": "echo"}, Context(), batch=True)
    assert batch is not None
    assert batch.cost(usage) == pytest.approx((price.cost(usage) or 0) / 2)


def test_an_unknown_price_is_unknown_and_a_cap_on_it_is_refused(tmp_path: Path) -> None:
    calls = CallsSection(prices=str(table(tmp_path)))
    assert price_of(calls, {"model": "other"}, Context()) is None
    with pytest.raises(PlanError, match="price of 'other' is unknown"):
        price_of(CallsSection(prices=calls.prices, max_cost=1.0), {"model": "other"}, Context())
    with pytest.raises(PlanError, match="no table of prices"):
        price_of(CallsSection(max_cost=1.0), {"model": "echo"}, Context())
    with Server() as server:
        engine, _ = ask(server, tmp_path / "j", count=2)
    assert engine.budget.spent.cost is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TABLE.replace("source =", "sauce ="), ["price 1", "did you mean 'source'"]),
        (TABLE.replace('source = "a test"', 'source = " "'), ["without a source"]),
        (TABLE.replace("date = 2026-01-01\n", ""), ["price 1", "date"]),
        (TABLE.replace("input = 100.0", "input = -1.0"), ["0 or more"]),
        (TABLE.replace("input = 100.0", 'input = "cheap"'), ["price 1", "input"]),
        (TABLE + TABLE, ["2 prices fit"]),
        ("prices = 3", ["list of [[prices]]"]),
        ("[[prices", ["not a readable table"]),
    ],
)
def test_a_table_that_is_not_sound_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(PlanError) as caught:
        find_price(read_prices(table(tmp_path, text)), {"model": "echo"})
    for word in words:
        assert word in str(caught.value)
