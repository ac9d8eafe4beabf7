"""`amplify.run` asks a service by its own SDK, also where an event loop is running."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
from pathlib import Path

import pytest
from known.runs import Runs, label
from known.server import Seen, Server
from known.vendors import INSTALLED, VENDORS

import amplify

pytestmark = pytest.mark.once

ITEMS = 12


@pytest.mark.parametrize("vendor", INSTALLED)
def test_in_a_running_loop_an_interrupt_keeps_what_was_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    """The interrupt is a signal, as that of a notebook whose cell is interrupted."""
    service = VENDORS[vendor]()
    interrupt_at = 8

    def answer(seen: Seen) -> str:
        if len(server.seen) == interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        return label(seen)

    async def notebook() -> amplify.Run:
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt) as interrupted:
                amplify.run(pairs, out="mine", concurrency=1, **settings)
        finally:
            signal.signal(signal.SIGINT, handler)
        assert interrupted.value.__notes__ == ["to go on: amplify.run(out='mine')"]
        return amplify.run(pairs, out="mine", **settings)

    with Server(answer=answer) as server:
        runs = Runs(tmp_path, service.env(server.url))
        runs.write(service.llm, ITEMS)
        with (tmp_path / "reviews.csv").open() as file:
            pairs = [(row["text"], row["label"]) for row in csv.DictReader(file)]
        settings = {
            "llm": service.name,
            "model": "known-1",
            "arms": ["zero-shot", "answer-only"],
            "shots": 3,
            "cache": False,
        }
        monkeypatch.chdir(tmp_path)
        for name, value in runs.env.items():
            monkeypatch.setenv(name, value)
        run = asyncio.run(notebook())
        calls = server.prompts
    assert {arm.accuracy for arm in run.arms.values()} == {1.0}
    assert len(calls) == 2 * run.arms["zero-shot"].items
    # At most the call that was under way is made again.
    assert calls.total() <= len(calls) + 1
