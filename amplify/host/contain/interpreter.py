"""What Python keeps for a process: search paths, hooks, filters, logging, chance, limits."""

from __future__ import annotations

import gc
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from amplify.host.contain.watched import Watched, identical

HOOKS = (
    *("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"),
    *("excepthook", "displayhook", "unraisablehook", "breakpointhook"),
    *("dont_write_bytecode", "tracebacklimit", "path", "meta_path", "path_hooks", "argv"),
)
"""Attributes of `sys` that hold the very same object afterwards."""

LIMITS: tuple[tuple[Any, Any], ...] = (
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    (threading.stack_size, threading.stack_size),
)
MISSING = object()


def _hooks() -> list[Any]:
    hooks = [getattr(sys, name, MISSING) for name in HOOKS]
    return [*hooks, threading.excepthook]


def _hook_again(before: Sequence[Any]) -> None:
    *values, excepthook = before
    for name, value in zip(HOOKS, values, strict=True):
        if value is not MISSING:
            setattr(sys, name, value)
        elif hasattr(sys, name):
            delattr(sys, name)
    threading.excepthook = excepthook


def _changed_hooks(before: Sequence[Any], after: Sequence[Any]) -> Iterable[str]:
    names = [*(f"sys.{name}" for name in HOOKS), "threading.excepthook"]
    return [n for n, old, new in zip(names, before, after, strict=True) if old is not new]


def _limits() -> list[Any]:
    return [*(read() for read, _ in LIMITS), gc.isenabled(), gc.get_threshold()]


def _limit(before: Sequence[Any]) -> None:
    *values, collects, thresholds = before
    for (_, change), value in zip(LIMITS, values, strict=True):
        change(value)
    (gc.enable if collects else gc.disable)()
    gc.set_threshold(*thresholds)


def _restorer(items: list[Any]) -> Callable[[Sequence[Any]], None]:
    """A function that puts the items of a list back, in the same list."""

    def restore(before: Sequence[Any]) -> None:
        items[:] = before

    return restore


def _logging() -> list[Any]:
    """The level of all logs, and the level, handlers and filters of their root."""
    module = sys.modules.get("logging")
    if module is None:
        return [0, 30, ()]
    root = module.getLogger()
    return [root.manager.disable, root.level, tuple(root.handlers), *root.filters]


def _log_again(before: Sequence[Any]) -> None:
    logging = sys.modules["logging"]
    disabled, level, handlers, *filters = before
    root = logging.getLogger()
    logging.disable(disabled)
    root.setLevel(level)
    root.handlers[:] = handlers
    root.filters[:] = filters


TRAPS = ("DivisionByZero", "InvalidOperation", "Overflow")


def _decimals() -> Any:
    """The context of decimal numbers; what it will be, where nobody has loaded them."""
    module = sys.modules.get("decimal")
    if module is None:
        return 28, "ROUND_HALF_EVEN", TRAPS
    now = module.getcontext()
    return now.prec, now.rounding, tuple(sorted(s.__name__ for s, on in now.traps.items() if on))


def _decimals_again(before: Any) -> None:
    module = sys.modules["decimal"]
    digits, rounding, traps = before
    module.setcontext(
        module.Context(digits, rounding, traps=[getattr(module, name) for name in traps])
    )


def _policy() -> Any:
    return getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)


def _set_policy(before: Any) -> None:
    setattr(sys.modules["asyncio.events"], "_event_loop_policy", before)  # noqa: B010  # untyped


def _timeout() -> float | None:
    module = sys.modules.get("socket")
    seconds: float | None = module.getdefaulttimeout() if module is not None else None
    return seconds


def interpreter_watched() -> list[Watched]:
    """The parts of the interpreter that are watched; those of modules that are loaded by now."""
    path, arguments = sys.path, sys.argv
    return [
        Watched("hooks", _hooks, _hook_again, identical, _changed_hooks),
        Watched("sys.path", lambda: tuple(path), _restorer(path), identical),
        Watched("sys.argv", lambda: tuple(arguments), _restorer(arguments), identical),
        # `warnings.catch_warnings` puts them back: see Containment.
        Watched(
            "warnings filters",
            lambda: (*warnings.filters, warnings.showwarning),
            lambda before: None,
            lambda before, after: len(before) == len(after) and before == after,
        ),
        Watched("logging", _logging, _log_again),
        Watched("random numbers", random.getstate, random.setstate),
        Watched("decimal numbers", _decimals, _decimals_again),
        Watched("interpreter limits", _limits, _limit),
        Watched(
            "the socket timeout", _timeout, lambda old: sys.modules["socket"].setdefaulttimeout(old)
        ),
        Watched("the event loop policy", _policy, _set_policy, lambda old, new: old is new),
    ]
