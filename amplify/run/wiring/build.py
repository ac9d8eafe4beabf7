"""Doors: components as the host builds them, each with its origin, behind the door of its role."""

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
    found: Registered,
    options: Mapping[str, Any],
    context: Context,
    where: str = "",
    arms: tuple[str, ...] = (),
    **more: Any,
) -> D:
    """The live component of `found` behind a door of this kind, which is given `more` too.

    `where` is what an error about an option names; `arms` are those that the component works for.
    """
    made = build(found, options, context, where)
    return door(made, origin_of(found, arms, made), **more)


def build_provider(found: Registered, options: Mapping[str, Any], context: Context) -> Provider:
    """The LLM behind the door of its kind."""
    made = build(found, options, context, "[llm]")
    return provider_door(made, origin_of(found, component=made))
