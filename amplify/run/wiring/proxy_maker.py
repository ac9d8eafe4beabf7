"""Make a run's proxies, in this process or in another."""

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
class ProxyMaker:
    """Makes proxies of one kind. The first is made at once: a broken one fails before any call.

    `arms` are the names of those that the proxies work for; each proxy is wrapped by `check`.
    `ready` holds the first until it is asked for. A maker is pickled without what belongs to this
    process: the proxy that is ready, the executor, the LLM, the console.
    """

    registered: Registered
    ref: Ref
    context: Context
    arms: tuple[str, ...]
    check: Callable[[Any, Origin], Proxy]
    ready: list[Proxy]

    @classmethod
    def of(
        cls,
        registered: Registered,
        ref: Ref,
        context: Context,
        arms: tuple[str, ...],
        check: Callable[[Any, Origin], Proxy],
    ) -> ProxyMaker:
        """A maker whose first proxy is ready."""
        maker = cls(registered, ref, context, arms, check, [])
        maker.ready.append(maker())
        return maker

    def __call__(self) -> Proxy:
        if self.ready:
            return self.ready.pop()
        proxy = build(self.registered, self.ref.options, self.context, "[proxy]")
        return self.check(proxy, origin_of(self.registered, self.arms, proxy))

    def __getstate__(self) -> dict[str, Any]:
        context = replace(self.context, executor=None, ask=None, show=silent)
        return {**self.__dict__, "context": context, "ready": []}
