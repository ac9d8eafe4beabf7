"""Build components, each behind the door of its role, which checks what the component returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from amplify.contract.context import Context
from amplify.contract.guard.door import Door
from amplify.contract.provider import Provider
from amplify.host.factory import build, origin_of
from amplify.host.info import Registered
from amplify.run.engine.checked_provider import provider_door

D = TypeVar("D", bound=Door)


def build_behind(
    door: type[D],
    registered: Registered,
    options: Mapping[str, Any],
    context: Context,
    where: str = "",
    arms: tuple[str, ...] = (),
    **more: Any,
) -> D:
    """Build a component, and put it behind a door of this kind.

    `where` is what an error about an option names; `arms` are the names of those that the component
    works for. `more` goes to the door.
    """
    component = build(registered, options, context, where)
    return door(component, origin_of(registered, arms, component), **more)


def build_provider(
    registered: Registered, options: Mapping[str, Any], context: Context
) -> Provider:
    """Build the LLM, and put it behind the door of its kind."""
    provider = build(registered, options, context, "[llm]")
    return provider_door(provider, origin_of(registered, component=provider))
