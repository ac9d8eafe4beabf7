"""A provider that does not end what it was told to end is left alone after a while, and named."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import IO

import pytest
from known.frail import PLAN, lay
from known.site import Site
from known.waiting import HUNG

NAMED = "llm frail/frail-service of plugin amplify-frail 1.0"
SWALLOWS = "goes on 5 s after its call was cancelled: it swallows asyncio.CancelledError"

STAYS = """import os, threading
    class Service(Service):
        async def answer(self, request):
            os.write(2, b"it hangs\\n")
            while True:
                try:
                    await asyncio.sleep(9999)
                except asyncio.CancelledError:
                    os.write(2, b"it stays\\n")
"""

CLOSES = """import threading
    class Service(Service):
        async def close(self):
            {}
"""

LINGERS = """import threading
    class Service(Service):
        async def answer(self, request):
            threading.Thread(target=threading.Event().wait, name="for-ever").start()
            return await super().answer(request)
"""


def start(site: Site, folder: Path, fault: str, *more: str) -> subprocess.Popen[str]:
    """A run with a provider that has this fault."""
    plan = lay(site, folder, fault, PLAN.replace("frail-llm", "frail-service"))
    return site.start("run", str(plan), "--out", str(folder / "out"), *more)


def ended(process: subprocess.Popen[str], *signalled: str) -> str:
    """What a process says on stderr that is interrupted after each of these lines of it."""
    errors: IO[str] | None = process.stderr
    assert errors is not None
    said = ""
    try:
        for first in signalled:
            while not (line := errors.readline()).endswith(first):
                assert line, f"it ended before: {said}"
                said += line
            process.send_signal(signal.SIGINT)
        return said + process.communicate(timeout=HUNG)[1]
    finally:
        process.kill()


def test_a_call_that_outlives_its_time_out_ends_the_run(site: Site, tmp_path: Path) -> None:
    process = start(site, tmp_path, STAYS, "-o", "calls.timeout=0.1")
    said = " ".join(ended(process).split())
    assert process.returncode == 3, said
    assert NAMED in said
    assert SWALLOWS in said
    assert "amplify_frail_plugin_live.py:" in said
    assert "--resume" in said


def test_a_call_that_outlives_the_runs_time_is_left_alone(site: Site, tmp_path: Path) -> None:
    process = start(site, tmp_path, STAYS, "--max-seconds", "1")
    said = " ".join(ended(process).split())
    assert process.returncode == 1, said
    assert NAMED in said
    assert f"{SWALLOWS} (at " in said
    assert "it is left alone" in said
    assert "--max-seconds" in said


def test_a_call_that_outlives_an_interrupt_is_left_alone(site: Site, tmp_path: Path) -> None:
    process = start(site, tmp_path, STAYS)
    said = ended(process, "it hangs\n")
    assert process.returncode == 130, said
    assert NAMED in said
    assert "it is left alone" in said
    assert "to go on: amplify run --resume" in said


def test_a_second_interrupt_ends_the_process_at_once(site: Site, tmp_path: Path) -> None:
    process = start(site, tmp_path, STAYS)
    said = ended(process, "it hangs\n", "it stays\n")
    assert process.returncode == 130, said
    assert "to go on: amplify run --resume" in said


@pytest.mark.parametrize(
    ("waits", "what"),
    [
        ("await asyncio.Event().wait()", "has not closed within 5 s"),
        ("threading.Event().wait()", "has not closed within 5 s"),
        ("await asyncio.to_thread(threading.Event().wait)", "has not closed within 5 s"),
        ("asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)",
         "leaves tasks or threads in the event loop that have not ended within 5 s"),
    ],
)  # fmt: skip
def test_a_provider_that_does_not_close_keeps_no_run_from_its_end(
    site: Site, tmp_path: Path, waits: str, what: str
) -> None:
    process = start(site, tmp_path, CLOSES.format(waits))
    said = " ".join(ended(process).split())
    assert process.returncode == 0, said
    assert NAMED in said
    assert what in said
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert [arm["items"] for arm in record["arms"]] == [10, 10]


@pytest.mark.slow
def test_threads_of_a_provider_keep_no_run_from_ending(site: Site, tmp_path: Path) -> None:
    process = start(site, tmp_path, LINGERS)
    said = " ".join(ended(process).split())
    assert process.returncode == 0, said
    assert "threads have not ended within 10 s, and are left: for-ever" in said
    assert (tmp_path / "out" / "record.json").exists()
