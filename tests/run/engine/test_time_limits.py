"""Work that goes on after it was cancelled is left alone; other work ends as it always does."""

from __future__ import annotations

import asyncio

import pytest

from amplify.run.engine.time_limits import CancellationIgnored, within


async def stays(released: asyncio.Event) -> None:
    while not released.is_set():
        try:
            await released.wait()
        except asyncio.CancelledError:
            continue


def test_work_that_swallows_its_cancellation_is_left_alone() -> None:
    async def main() -> None:
        with pytest.raises(CancellationIgnored):
            await within(stays(released := asyncio.Event()), 0.01, lambda: None)
        released.set()

    asyncio.run(main())


def test_work_that_ends_when_it_is_cancelled_has_timed_out() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            await within(asyncio.sleep(9999), 0.01, lambda: None)

    asyncio.run(main())


def test_work_that_ends_in_time_returns_or_raises() -> None:
    async def fails() -> None:
        raise ValueError("mine")

    async def main() -> None:
        assert await within(asyncio.sleep(0, "done"), 9999, lambda: None) == "done"
        with pytest.raises(ValueError, match="mine"):
            await within(fails(), 9999, lambda: None)

    asyncio.run(main())


def test_who_cancels_the_wait_cancels_the_work() -> None:
    left: list[str] = []

    async def main() -> None:
        released = asyncio.Event()
        waits = asyncio.ensure_future(within(stays(released), 9999, lambda: left.append("left")))
        await asyncio.sleep(0)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        released.set()

    asyncio.run(main())
    assert left == ["left"]
