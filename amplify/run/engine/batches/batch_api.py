"""Calls of a provider's batch methods: each with a deadline, and repeated where that is safe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from amplify.contract.errors import BatchGone, ProviderError
from amplify.contract.guard.calling import calling
from amplify.contract.provider import AsyncProvider
from amplify.run.engine.budget import Budget
from amplify.run.engine.checked_provider import CheckedAsyncProvider, checked_provider
from amplify.run.engine.remote.event_loop import provider_fault
from amplify.run.engine.time_limits import IGNORES_CANCELLATION, CancellationIgnored, within
from amplify.run.plan.sections import CallsSection

FIRST_LOOK, LONGEST_LOOK = 2.0, 60.0
"""Seconds before the second look at a batch, and the longest time between two looks."""

SLOWEST = 100_000
"""Bytes a second: a call that sends or fetches a file has so much more time than other calls."""

GOES_ON = "the batch goes on at the service, and its id is kept: fetch it with --resume"
GIVE_UP = (
    "to give it up, delete its line in batches.jsonl in the run's folder: what it holds is then"
    " asked, and paid, again"
)
GONE = (
    "the service does not know the batch: see there, with the key and at the address that it was"
    f" created with; {GIVE_UP}"
)

T = TypeVar("T")


class TimeIsUp(Exception):
    """The time of the run is up."""


class NoAnswer(ProviderError):
    """A call got no answer in time: the service may have done what it asks for."""


class BatchApi:
    """The batch methods of a provider, as the engine calls them.

    `finds` says that the provider can find a batch whose id was lost. `at_time_up` is what the user
    is told of the batch under way, where the time of the run is up. `first_look` is the first pause
    between two calls, in seconds.
    """

    def __init__(
        self,
        provider: AsyncProvider,
        settings: CallsSection,
        budget: Budget,
        name: str,
        abandoned: Callable[[str, str], None],
    ) -> None:
        """`name` is what errors call the provider; `abandoned` is told of a method that goes on
        though its call was cancelled, and of what it does."""
        self.provider = provider
        self.finds = cast(CheckedAsyncProvider, checked_provider(provider)).finds
        self.retries = settings.retries
        self.timeout = settings.timeout
        self.budget = budget
        self.name = name
        self.abandoned = abandoned
        self.first_look = FIRST_LOOK
        self.at_time_up = ""

    async def repeat(self, method: str, call: Callable[[], Awaitable[T]], size: int = 0) -> T:
        """The result of a method that changes nothing, and is called again where it fails.

        `call` calls it, and it moves about `size` bytes.
        """
        pause, failures = self.first_look, 0
        while True:
            try:
                return await self.once(method, call(), size)
            except ProviderError as error:
                failures += 1
                if failures > self.retries:
                    error.hint = GONE if isinstance(error, BatchGone) else GOES_ON
                    raise
            pause = await self.sleep(pause)

    async def once(self, method: str, call: Awaitable[T], size: int = 0) -> T:
        """The result of one `call` of a method, which moves about `size` bytes.

        Raises NoAnswer at the deadline, TimeIsUp where the time of the run is up before.
        """
        deadline, left = self.timeout + size / SLOWEST, self.budget.seconds_left()
        ends_run = left is not None and left <= deadline
        seconds = max(0.0, left) if left is not None and ends_run else deadline

        async def guarded() -> T:
            with calling(self.name, hint=GOES_ON):
                return await call

        def abandon() -> None:
            self.abandoned(method, IGNORES_CANCELLATION)

        try:
            return await within(guarded(), seconds, abandon)
        except CancellationIgnored:
            if ends_run:
                abandon()
                raise TimeIsUp from None
            raise provider_fault(self.provider, method, IGNORES_CANCELLATION) from None
        except TimeoutError:
            if ends_run:
                raise TimeIsUp from None
            message = f"no answer within {round(deadline, 1):g} s"
            raise NoAnswer(message, where=f"{self.name}, batch") from None

    async def sleep(self, pause: float) -> float:
        """Sleep for so many seconds; how many the next time. TimeIsUp where the run ends before."""
        left = self.budget.seconds_left()
        if left is not None and left <= pause:
            await asyncio.sleep(max(0.0, left))
            raise TimeIsUp
        await asyncio.sleep(pause)
        return min(LONGEST_LOOK, pause * 1.5)
