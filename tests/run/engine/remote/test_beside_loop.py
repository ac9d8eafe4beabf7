"""A provider's calls while an event loop runs in the thread, as in a notebook."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading

import pytest

from amplify.run.engine.remote.event_loop import RunnerBesideLoop, is_loop_running, new_runner

NAME = contextvars.ContextVar("NAME", default="")


async def answer(reply: str) -> tuple[str, str]:
    await asyncio.sleep(0)
    return reply, NAME.get()


async def fail() -> None:
    raise LookupError("it has none")


def test_a_loop_that_runs_gets_a_runner_beside_it() -> None:
    async def call() -> list[tuple[str, str]]:
        NAME.set("of the caller")
        runner = new_runner()
        replies = [runner.run(answer(reply)) for reply in ("one", "two")]
        with pytest.raises(LookupError, match="it has none"):
            runner.run(fail())
        await asyncio.to_thread(runner.close)
        return replies

    assert asyncio.run(call()) == [("one", "of the caller"), ("two", "of the caller")]
    assert type(new_runner()) is asyncio.Runner
    assert not is_loop_running()


def test_an_interrupt_cancels_the_work_and_is_raised() -> None:
    ended = []

    async def hang(interrupted: int) -> None:
        signal.pthread_kill(interrupted, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def call() -> None:
        runner = RunnerBesideLoop()
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                runner.run(hang(threading.get_ident()))
        finally:
            signal.signal(signal.SIGINT, handler)
        await asyncio.to_thread(runner.close)

    asyncio.run(call())
    assert ended == ["cancelled"]
