"""Whole runs against the worst of servers: it repeats its key in whatever it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from known.openai_words import chat
from known.runs import Runs
from known.scripted import Answer, Scripted, scripted
from known.server import Seen

pytestmark = pytest.mark.once


LONG = "sk-proj-" + "".join(f"{n:02d}{chr(65 + n % 26)}{chr(97 + n * 7 % 26)}" for n in range(39))
GATEWAY = "gw-secret-778899"
LLM = 'use = "openai"\nmodel = "known-1"\nlogprobs = true'
TOKENS = [{"token": LONG[at : at + 5], "logprob": -0.1} for at in range(0, len(LONG), 5)]


@pytest.fixture
def service() -> Iterator[Scripted]:
    with scripted() as service:
        yield service


@pytest.fixture
def runs(service: Scripted, tmp_path: Path) -> Runs:
    env = {"OPENAI_API_KEY": LONG, "OPENAI_BASE_URL": f"{service.url}/v1"}
    runs = Runs(tmp_path, env)
    runs.write(LLM, 4, "retries = 0")
    return runs


def parts(runs: Runs, key: str = LONG) -> set[str]:
    """The files, cache and all, that hold eight letters of the key in a row."""
    held = [key[at : at + 8] for at in range(len(key) - 7)]
    return {path.name for part in held for path in runs.holding(part)}


@pytest.mark.parametrize(
    "body",
    [
        chat(f"good {LONG[:80]}\n{LONG[80:]}", LONG) | {"model": f"m-{LONG}"},
        chat(LONG, logprobs={"content": TOKENS}),
        chat("good", logprobs={"content": [{"token": LONG, "logprob": -0.1}]}),
    ],
    ids=["texts", "tokens", "token"],
)
def test_no_field_of_a_reply_keeps_the_key(
    runs: Runs, service: Scripted, body: dict[str, Any]
) -> None:
    service.answering(body)
    _, told = runs.run("run", "plan.toml", "--out", "out")
    assert (runs.folder / "out" / "record.json").exists(), told
    assert {seen.headers["authorization"] for seen in service.seen} == {f"Bearer {LONG}"}
    assert not parts(runs)
    assert LONG[:16] not in told


def test_no_message_keeps_a_part_of_the_key(runs: Runs, service: Scripted) -> None:
    """Half of the calls are answered, so that the run goes on and writes its record."""
    wrong = [
        Answer(400, {"error": {"message": f"{'x' * 330} key {LONG}"}}),
        Answer(400, {"error": {"message": f"key {LONG[:40]}\n{LONG[40:]}"}}),
        Answer(400, {"error": {"message": f"key {LONG[:40]} is too long to show"}}),
        Answer(400, {"error": {"message": "no", "code": LONG, "param": LONG, "type": LONG}}),
        Answer(400, f"<p>{'x' * 60}{LONG}</p>".encode()),
        Answer(200, f"Bearer {LONG} is no valid key".encode()),
        Answer(200, {"error": {"message": f"{'x' * 360} {LONG}"}}),
        Answer(200, {"error": {"told": [LONG]}}),
        Answer(200, {"choices": LONG}),
        Answer(200, chat(None, LONG)),
    ]
    runs.write(LLM, len(wrong), "retries = 0")
    answers = [answer for bad in wrong for answer in (Answer(200, chat("good")), bad)]
    service.answering(*answers, Answer(200, chat("good")))
    code, told = runs.run("run", "plan.toml", "--out", "out", "--no-cache", "-j", "1")
    assert code == 1, told
    assert sum(arm["errors"] for arm in runs.record["arms"]) == len(wrong)
    assert not parts(runs)
    assert LONG[:16] not in told


def test_a_stop_is_told_without_the_key(runs: Runs, service: Scripted) -> None:
    calls = iter(range(99))

    def script(seen: Seen) -> Answer:
        wrong = {"error": {"message": f"{'x' * 370} {LONG}"}}
        return Answer(200, chat("good")) if next(calls) < 2 else Answer(401, wrong)

    service.script = script
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 1, told
    assert "HTTP 401" in runs.record["stopped"]
    assert not parts(runs)
    assert LONG[:16] not in told


def test_a_custom_header_is_a_key_too(runs: Runs, service: Scripted) -> None:
    runs.env["OPENAI_CUSTOM_HEADERS"] = f"X-Gateway-Token: {GATEWAY}"
    service.answering(chat(f"good {GATEWAY}"), Answer(400, {"error": {"message": f"no {GATEWAY}"}}))
    runs.run("run", "plan.toml", "--out", "out", "-j", "1")
    assert {seen.headers["x-gateway-token"] for seen in service.seen} == {GATEWAY}
    assert not parts(runs, GATEWAY)


def test_a_word_that_another_variable_holds_stays_in_the_reply(
    runs: Runs, service: Scripted
) -> None:
    """Of a reply only the keys that were sent are taken out."""
    runs.env["SORT_KEY"] = "splendid"
    runs.write(f'{LLM}\nsystem = "Be splendid."', 4)
    service.answering(chat("splendid good"))
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    lines = (runs.folder / "out" / "predictions.jsonl").read_text().splitlines()
    assert {json.loads(line)["reply"] for line in lines} == {"splendid good"}
    del runs.env["SORT_KEY"]
    code, _ = runs.run("run", "plan.toml", "--out", "again")
    assert code == 0
    assert runs.holding("splendid good")
    assert not runs.holding("[SORT_KEY]")
