"""A checked component: the wrapper that calls a component and checks what it returns."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

from amplify.contract.errors import PluginError
from amplify.contract.guard.calling import calling
from amplify.contract.guard.origin import Origin

MISSING = object()


class Checked:
    """A component as amplify uses it: a subclass for each role checks what its methods return.

    Other public methods of the component can be called through the wrapper too; they are guarded,
    and what they return is not checked. Other attributes are the component's.
    """

    role: ClassVar[str]
    needed: ClassVar[tuple[str, ...]] = ()
    """The methods without which a component cannot fill its role."""

    defaults: ClassVar[type] = object
    """The role's base class, whose members stand in for those that the component lacks."""

    def __init__(self, inner: Any, origin: Origin) -> None:
        self.inner = inner
        self.origin = origin
        self.hint = ""
        with calling(origin):
            self._lacking = self._lacked()
        self.require(*self.needed)
        self._open()

    @classmethod
    def of(cls, component: Any, origin: Origin | None = None) -> Self:
        """The wrapped component; a component that is wrapped already is returned as it is."""
        if isinstance(component, cls):
            return component
        return cls(component, origin or Origin(cls.role))

    def require(self, *methods: str) -> None:
        """PluginError where the component lacks one of these methods."""
        for name in methods:
            with calling(self.origin):
                defined = self.defines(name) and callable(getattr(self.inner, name, None))
            if not defined:
                raise PluginError(
                    f"has no method {name!r}, which its role asks for",
                    where=self.origin.place(),
                    origin=self.origin,
                )

    def defines(self, name: str) -> bool:
        """Whether the component has this member itself, rather than by the role's base class."""
        member = inspect.getattr_static(self.inner, name, MISSING)
        if member is MISSING:
            return hasattr(self.inner, name)
        return member is not inspect.getattr_static(self.defaults, name, MISSING)

    def member(self, name: str) -> Any:
        """A member of the component, or the default of the role's base class where it has none."""
        if name not in self._lacking:
            return getattr(self.inner, name)
        default = inspect.getattr_static(self.defaults, name)
        bind = getattr(default, "__get__", None)
        return default if bind is None else bind(self.inner, type(self.inner))

    def _lacked(self) -> frozenset[str]:
        """The public members of the role's base class that the component does not have."""
        if self.defaults in type.mro(type(self.inner)):
            return frozenset()
        names = (name for name in dir(self.defaults) if not name.startswith("_"))
        return frozenset(name for name in names if not self.defines(name))

    def guard(self, name: str, *, item: str = "", arm: str = "") -> calling:
        """The guard of a call of this method, for an item or an arm where it is for one alone."""
        return calling(self.origin, self.hint, (self.inner, name), item, arm)

    def each(self, name: str, iterator: Iterator[Any]) -> Iterator[Any]:
        """What an iterator of the component's gives, each step guarded."""
        guard = self.guard(name)
        while True:
            with guard:
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def _open(self) -> None:
        """Put the component's other methods into reach.

        They are attributes of the wrapper itself: a runtime protocol sees no others.
        """
        self._through: dict[str, Callable[..., Any]] = {}
        with calling(self.origin):
            for name in dir(self.inner):
                if name.startswith("_") or hasattr(type(self), name):
                    continue
                if inspect.isroutine(inspect.getattr_static(self.inner, name, None)):
                    self._through[name] = self._guarded(name)
        self.__dict__.update(self._through)

    def _guarded(self, name: str) -> Callable[..., Any]:
        method = getattr(self.inner, name)
        if inspect.iscoroutinefunction(method):

            @functools.wraps(method)
            async def waited(*given: Any, **more: Any) -> Any:
                with self.guard(name):
                    return await method(*given, **more)

            return waited

        @functools.wraps(method)
        def called(*given: Any, **more: Any) -> Any:
            with self.guard(name):
                return method(*given, **more)

        return called

    def __getattr__(self, name: str) -> Any:
        inner = self.__dict__.get("inner")
        if inner is None or name.startswith("__"):
            raise AttributeError(name)
        return getattr(inner, name)

    def __getstate__(self) -> dict[str, Any]:
        left = {"_through", *self._through}
        return {name: value for name, value in self.__dict__.items() if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._open()
