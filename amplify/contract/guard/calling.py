"""A guard around foreign code: whatever a plugin does wrong becomes one error that names it."""

from __future__ import annotations

import sys
from inspect import getattr_static
from types import TracebackType

from amplify.contract.errors import AmplifyError, PluginError
from amplify.contract.guard.brief import brief, cause
from amplify.contract.guard.origin import Origin, defined_at

ENDINGS = (1, 2, 3)
"""The exit codes that an error which a plugin raises may have."""

TOLD = (AmplifyError, *AmplifyError.__bases__, BaseException, object)

TELLING = (
    *("message", "where", "hint", "__str__", "__dict__"),
    *("__getattribute__", "__getattr__", "__setattr__"),
)
"""What makes the line that an error is told in, which no subclass has of its own."""


class Wrong(Exception):
    """What a component returned breaks its contract; `item` names the example that it is about."""

    def __init__(self, message: str, item: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.item = item
        self.hint = hint


class calling:
    """Guards a call of a component and the look at what it returned.

    Any exception, `SystemExit` too, leaves as a PluginError that names the component, what it was
    called for, and the plugin's own file and line. Errors of amplify's kind pass, and so does an
    interrupt by the user; `hint` is added to those that a plugin is to blame for.

    `method` is the component and the name of its method, to tell where that is written.
    """

    __slots__ = ("arm", "hint", "item", "method", "origin")

    def __init__(
        self,
        origin: Origin | str,
        hint: str = "",
        method: tuple[object, str] | None = None,
        item: str = "",
        arm: str = "",
    ) -> None:
        self.origin = origin
        self.hint = hint
        self.method = method
        self.item = item
        self.arm = arm

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            return
        if not passes(error, self.origin):
            raise self._plugin_error(error, trace) from error
        if isinstance(error, PluginError) and self.hint not in error.hint:
            error.hint = "; ".join(filter(None, (error.hint, self.hint)))

    def _written(self) -> str:
        return defined_at(getattr_static(*self.method, None)) if self.method else ""

    def _plugin_error(self, error: BaseException, trace: TracebackType | None) -> PluginError:
        if isinstance(self.origin, str):
            return PluginError(_words(error), where=self.origin, hint=self.hint)
        item, hints = self.item, [self.hint]
        if isinstance(error, Wrong):
            item = error.item or item
            at = self._written()
            hints.insert(0, error.hint)
        else:
            at = self.origin.raised_at(trace) or self._written()
        if at:
            hints.insert(0, f"at {at}")
        return PluginError(
            _words(error),
            where=self.origin.place(item, self.arm),
            hint="; ".join(filter(None, hints)),
            origin=self.origin,
        )


def _words(error: BaseException) -> str:
    if isinstance(error, Wrong):
        return error.message
    if isinstance(error, SystemExit):
        return f"calls sys.exit({brief(error.code)})"
    return cause(error)


def passes(error: BaseException, origin: Origin | str) -> bool:
    """Whether what ends a component's call is to be shown as it is.

    So are errors of amplify's kind, and what is none of its doing.
    """
    if isinstance(error, AmplifyError):
        return _sound(error)
    return not isinstance(error, Exception) and _from_outside(error, origin)


def _sound(error: AmplifyError) -> bool:
    """Whether an error of amplify's kind can be shown as it stands, and ends as such errors do.

    A subclass that a plugin wrote may not replace how an error is told. The texts are made plain.
    """
    kinds = [kind for kind in type.mro(type(error)) if kind not in TOLD]
    if any(name in vars(kind) for kind in kinds for name in TELLING):
        return False
    attributes, code = vars(error), getattr_static(type(error), "exit_code")
    for name in ("message", "where", "hint"):
        if not isinstance(attributes.get(name), str):
            return False
        attributes[name] = str.__str__(attributes[name])
    return "exit_code" not in attributes and type(code) is int and code in ENDINGS


def _from_outside(error: BaseException, origin: Origin | str) -> bool:
    """Whether what ends a call is none of its doing: the user's interrupt, a cancelled task."""
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        return not _raised_by(error.__traceback__, origin)
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not isinstance(error, asyncio.CancelledError):
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and task.cancelling() > 0


def _raised_by(trace: TracebackType | None, origin: Origin | str) -> bool:
    """Whether a `raise` of the plugin's own raised it.

    An interrupt comes between two instructions, never out of one that raises.
    """
    if trace is None or isinstance(origin, str):
        return False
    import dis  # slow to import, and seldom needed

    while trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame
    operation = dis.opname[frame.f_code.co_code[trace.tb_lasti]]
    return operation == "RAISE_VARARGS" and origin.owns(frame.f_globals.get("__name__"))
