"""Maker: makes a run's proxies, in this process or in another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.progress import silent
from amplify.contract.roles import Context, Proxy
from amplify.host.factory import build
from amplify.host.info import Registered
from amplify.run.plan import Ref


@dataclass
class Maker:
    """Makes a proxy. The first is made at once, so that a broken one fails before any call.

    Goes to another process without what belongs to this one: the proxy that is ready, the
    executor, the LLM, the console.
    """

    found: Registered
    ref: Ref
    context: Context
    ready: list[Proxy]

    @classmethod
    def of(cls, found: Registered, ref: Ref, context: Context) -> Maker:
        """A maker whose first product is ready."""
        return cls(found, ref, context, [build(found, ref.options, context, "[proxy]")])

    def __call__(self) -> Proxy:
        if self.ready:
            return self.ready.pop()
        made: Proxy = build(self.found, self.ref.options, self.context, "[proxy]")
        return made

    def __getstate__(self) -> dict[str, Any]:
        context = replace(self.context, executor=None, ask=None, show=silent)
        return {"found": self.found, "ref": self.ref, "context": context, "ready": []}
