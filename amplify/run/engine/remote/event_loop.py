"""The event loop that a provider's calls run in: what a provider does to it is its own fault."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from amplify.contract.errors import InterruptedAgain, PluginError
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.door import Door
from amplify.contract.provider import AsyncProvider
from amplify.run.engine.checked_provider import provider_door

T = TypeVar("T")

CANCELLED = "cancels a task of amplify's"

STOPPED = "Event loop stopped"
"""What asyncio's error begins with where a loop was stopped before its work was done."""


def running(
    runner: asyncio.Runner, work: Coroutine[Any, Any, T], provider: AsyncProvider, method: str
) -> T:
    """What the work comes to, which calls this method of the provider.

    The user's interrupt leaves as a KeyboardInterrupt: a loop that ends in another way was ended by
    the provider, which a PluginError tells.
    A second interrupt, which comes before the work has ended, is an InterruptedAgain.
    """
    over = False

    async def whole() -> T:
        nonlocal over
        try:
            return await work
        finally:
            over = True

    try:
        return runner.run(whole())
    except KeyboardInterrupt:
        if over:
            raise
        raise InterruptedAgain from None
    except asyncio.CancelledError as error:
        raise blamed(provider, method, CANCELLED) from error
    except RuntimeError as error:
        if not str(error).startswith(STOPPED):
            raise
        raise blamed(provider, method, "stops amplify's event loop") from error
    except (SystemExit, GeneratorExit) as error:
        with _door(provider).guard(method):
            raise error


def blamed(
    provider: AsyncProvider, method: str, what: str, item: str = "", arm: str = ""
) -> PluginError:
    """The error that a provider did this in a method, while it answered for an item of an arm."""
    try:
        with _door(provider).guard(method, item=item, arm=arm):
            raise Wrong(what)
    except PluginError as error:
        return error


def _door(provider: AsyncProvider) -> Door:
    return cast(Door, provider_door(provider))
