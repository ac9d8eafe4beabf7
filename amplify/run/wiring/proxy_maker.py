"""Maker: makes a run's proxies, in this process or in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.context import Context
from amplify.contract.guard.origin import Origin
from amplify.contract.progress import silent
from amplify.contract.proxy import Proxy
from amplify.host.factory import build, origin_of
from amplify.host.info import Registered
from amplify.run.plan.plan import Ref


@dataclass
class Maker:
    """Makes a proxy. The first is made at once, so that a broken one fails before any call.

    Goes to another process without what belongs to this one: the proxy that is ready, the
    executor, the LLM, the console.
    """

    found: Registered
    ref: Ref
    context: Context
    arms: tuple[str, ...]
    door: Callable[[Any, Origin], Proxy]
    ready: list[Proxy]

    @classmethod
    def of(
        cls,
        found: Registered,
        ref: Ref,
        context: Context,
        arms: tuple[str, ...],
        door: Callable[[Any, Origin], Proxy],
    ) -> Maker:
        """A maker whose first product is ready.

        `arms` are those that it works for; the proxies stand behind a `door`.
        """
        maker = cls(found, ref, context, arms, door, [])
        maker.ready.append(maker())
        return maker

    def __call__(self) -> Proxy:
        if self.ready:
            return self.ready.pop()
        made = build(self.found, self.ref.options, self.context, "[proxy]")
        return self.door(made, origin_of(self.found, self.arms, made))

    def __getstate__(self) -> dict[str, Any]:
        context = replace(self.context, executor=None, ask=None, show=silent)
        return {**self.__dict__, "context": context, "ready": []}
