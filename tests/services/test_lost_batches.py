"""A batch that was created and whose id was lost, by a kill or for want of an answer, is found."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from known.openai_words import KEY
from known.runs import Runs, opinion
from known.server import Seen, Server
from known.vendors import INSTALLED, VENDORS, Office, Vendor
from known.waiting import HUNG

pytestmark = [pytest.mark.slow, pytest.mark.once]

ITEMS = 6
QUICK = "timeout = 0.5\nretries = 1"


@pytest.fixture
def runs(vendor: Vendor, runs: Runs) -> Runs:
    runs.write(f"{vendor.llm}\nbatch = true", ITEMS)
    return runs


@pytest.fixture
def office(vendor: Vendor, server: Server) -> Office:
    return vendor.office(server, opinion)


def sizes(office: Office) -> list[int]:
    return [len(batch) for batch in office.uploads]


def hasten(runs: Runs) -> None:
    """Have the plan wait for no answer longer than half a second, and ask once more."""
    plan = runs.folder / "plan.toml"
    plan.write_text(plan.read_text().replace("[calls]", f"[calls]\n{QUICK}"))


def lose(runs: Runs, office: Office) -> None:
    """A run that is killed when the first batch is created, and its id not told."""
    office.silent = True
    runs.killed(lambda: bool(office.uploads), "run", "plan.toml", "--out", "out")
    office.silent = False
    assert sizes(office) == [ITEMS]
    assert not (runs.folder / "out" / "batches.jsonl").exists()
    assert json.loads((runs.folder / "out" / "submitting.json").read_text())["token"]


def test_it_is_found_when_it_is_over(runs: Runs, office: Office) -> None:
    lose(runs, office)
    office.end()
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert sizes(office) == [ITEMS, ITEMS]  # an arm each
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}
    assert not (runs.folder / "out" / "submitting.json").exists()
    assert not runs.holding(KEY)


def test_it_is_found_while_it_runs(runs: Runs, office: Office, server: Server) -> None:
    lose(runs, office)
    process = runs.start("run", "--resume", "--out", "out")
    before = len(server.seen)
    # It has looked, and looks again.
    until(lambda: len(server.seen) >= before + 2 or process.poll() is not None)
    assert sizes(office) == [ITEMS]
    office.end()
    out, err = process.communicate(timeout=HUNG)
    assert process.returncode == 0, out + err
    assert sizes(office) == [ITEMS, ITEMS]
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}


def test_killed_again_and_again_it_is_paid_once(runs: Runs, office: Office, server: Server) -> None:
    lose(runs, office)
    for _ in range(2):
        before = len(server.seen)
        runs.killed(lambda b=before: len(server.seen) > b, "run", "--resume", "--out", "out")  # type: ignore[misc]  # its default is bound here
    office.end()
    office.silent = True  # and the second arm's batch is lost too
    runs.killed(lambda: len(office.uploads) == 2, "run", "--resume", "--out", "out")
    office.silent = False
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert sizes(office) == [ITEMS, ITEMS]
    assert runs.accuracies() == {"zero-shot": 1.0, "answer-only": 1.0}


def test_the_same_batch_of_another_run_is_not_taken_for_it(runs: Runs, office: Office) -> None:
    """Another run asks the very same while this one is down: each has a batch of its own."""
    lose(runs, office)
    office.end()
    code, told = runs.run("run", "plan.toml", "--out", "other", "--no-cache")
    assert code == 0, told
    assert sizes(office) == [ITEMS] * 3
    code, told = runs.run("run", "--resume", "--out", "out", "--no-cache")
    assert code == 0, told
    assert sizes(office) == [ITEMS] * 4


def test_what_was_not_created_is_created(runs: Runs, office: Office, server: Server) -> None:
    """The kill comes before the service has the request."""
    real = dict(server.routes)
    server.routes |= {route: unanswered for route in real if route.startswith("POST")}
    intent = runs.folder / "out" / "submitting.json"
    runs.killed(intent.exists, "run", "plan.toml", "--out", "out")
    server.routes = real
    assert not office.uploads
    office.end()
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert sizes(office) == [ITEMS, ITEMS]


def test_a_creation_without_an_answer_ends_the_run_in_time_and_is_found(
    runs: Runs, office: Office
) -> None:
    hasten(runs)
    office.silent = True
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 1
    assert "no answer within 0.5 s" in " ".join(told.split())
    assert "whether the batch was created is not known" in " ".join(told.split())
    assert "Traceback" not in told
    office.silent = False
    office.end()
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert sizes(office) == [ITEMS, ITEMS]


def test_a_batch_that_is_refused_is_none_and_the_right_run_begins_anew(
    runs: Runs, office: Office, server: Server
) -> None:
    server.key = "sk-another"
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 1
    assert "HTTP 401" in told
    assert "whether the batch was created" not in told
    assert not (runs.folder / "out" / "submitting.json").exists()
    server.key = KEY
    office.end()
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert sizes(office) == [ITEMS, ITEMS]


def test_a_service_that_lists_nothing_is_not_paid_twice(
    runs: Runs, office: Office, server: Server
) -> None:
    lose(runs, office)
    office.end()
    real = dict(server.routes)
    server.routes |= {route: unanswered for route in real if route.startswith("GET")}
    impatient = ("-o", "calls.timeout=0.5", "-o", "calls.retries=1")
    code, told = runs.run("run", "--resume", "--out", "out", "--max-seconds", "60", *impatient)
    assert code == 1
    assert "delete submitting.json" in told
    assert sizes(office) == [ITEMS]
    server.routes = real
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert sizes(office) == [ITEMS, ITEMS]


@pytest.mark.parametrize(
    ("vendor", "step"),
    [(name, step) for name in INSTALLED for step in VENDORS[name]().steps],
    indirect=["vendor"],
)
def test_whatever_hangs_the_run_ends_at_its_time_and_pays_once(
    runs: Runs, office: Office, server: Server, vendor: Vendor, step: str
) -> None:
    """One call of the whole way gets no answer: looked for by the end of its path."""
    method, _, end = step.partition(" ")
    route = server.routes[f"{method} {vendor.batches}"]
    broken = threading.Event()

    def one(seen: Seen) -> Any:
        if seen.path.partition("?")[0].endswith(end) and not broken.is_set():
            return None
        return route(seen)

    server.routes |= {name: one for name in server.routes if name.startswith(method)}
    office.end()
    code, told = runs.run("run", "plan.toml", "--out", "out", "--max-seconds", "3")
    assert code == 1, told
    assert "stopped by --max-seconds: 3 seconds have passed" in " ".join(told.split())
    assert "amplify run --resume --out out" in told
    broken.set()
    code, told = runs.run("run", "--resume", "--out", "out", "--max-seconds", "300")
    assert code == 0, told
    assert sizes(office) == [2 * ITEMS]


def test_a_batch_that_goes_on_at_the_end_of_the_time_is_fetched_later(
    runs: Runs, office: Office
) -> None:
    code, told = runs.run("run", "plan.toml", "--out", "out", "--max-seconds", "3")
    assert code == 1
    assert "goes on at the service, and its id is kept" in " ".join(told.split())
    office.end()
    # Without the cap each arm is a step of its own, and the batch holds the calls of both.
    plan = runs.folder / "out" / "plan.toml"
    plan.write_text(plan.read_text().replace("max_seconds = 3.0\n", ""))
    code, told = runs.run("run", "--resume", "--out", "out")
    assert code == 0, told
    assert sizes(office) == [2 * ITEMS]


def unanswered(seen: Seen) -> None:
    """A server that takes a request and says nothing."""


def until(true: Any) -> None:
    deadline = time.monotonic() + HUNG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
