"""Build components, each in the wrapper of its role, which checks what the component returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from amplify.contract.context import Context
from amplify.contract.guard.checked import Checked
from amplify.contract.provider import Provider
from amplify.host.factory import build, origin_of
from amplify.host.info import Registered
from amplify.run.engine.checked_provider import checked_provider

D = TypeVar("D", bound=Checked)


def build_behind(
    wrapper: type[D],
    registered: Registered,
    options: Mapping[str, Any],
    context: Context,
    where: str,
    arms: tuple[str, ...] = (),
    **more: Any,
) -> D:
    """Build a component, and wrap it in a checked one of this kind.

    `where` is what an error about an option names; `arms` are the names of those that the component
    works for. `more` goes to the wrapper.
    """
    component = build(registered, options, context, where)
    return wrapper(component, origin_of(registered, arms, component), **more)


def build_provider(
    registered: Registered, options: Mapping[str, Any], context: Context
) -> Provider:
    """Build the LLM, and wrap it in the checked provider of its kind."""
    provider = build(registered, options, context, "[llm]")
    return checked_provider(provider, origin_of(registered, component=provider))
