"""Origin: whose component it is that is called, so that an error can say so."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import unwrap
from types import CodeType, TracebackType


@dataclass(frozen=True, slots=True)
class Origin:
    """A component, the plugin that it comes from, and the arms that it works for.

    `name` is its qualified name, `plugin` the name of its distribution, `modules` the packages or
    modules that hold the plugin's code. All but `role` are empty where a component was not built
    by the host.
    """

    role: str
    name: str = ""
    plugin: str = ""
    version: str = ""
    arms: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    def place(self, item: str = "", arm: str = "") -> str:
        """The component as errors name it, with the arm and the item that it was called for."""
        parts = [f"{self.role} {self.name}" if self.name else f"the {self.role}"]
        if self.plugin:
            parts[0] += f" of plugin {self.plugin} {self.version}".rstrip()
        arms = (arm,) if arm else self.arms
        if arms:
            parts.append(("arm " if len(arms) == 1 else "arms ") + ", ".join(map(repr, arms)))
        if item:
            parts.append(f"item {item!r}")
        return ", ".join(parts)

    def owns(self, module: object) -> bool:
        """Whether a module of that name holds the plugin's own code."""
        return isinstance(module, str) and any(
            module == own or module.startswith(own + ".") for own in self.modules
        )

    def raised_at(self, trace: TracebackType | None) -> str:
        """The last line of the plugin's own that an exception came through; "" where none is."""
        place = ""
        while trace is not None:
            frame = trace.tb_frame
            if self.owns(frame.f_globals.get("__name__")):
                place = _line(frame.f_code, trace.tb_lineno)
            trace = trace.tb_next
        return place


def defined_at(method: object) -> str:
    """Where a function or method is written; "" where it is not written in Python."""
    function = getattr(method, "__func__", method)
    if callable(function):
        function = unwrap(function)
    code = getattr(function, "__code__", None)
    return _line(code, code.co_firstlineno) if isinstance(code, CodeType) else ""


def package_of(module: str) -> str:
    """The package or module that a plugin's code lives in: the first part of a module's name.

    The built-in plugin's is that part of amplify alone.
    """
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] == "amplify" else 1])


def _line(code: CodeType, line: int) -> str:
    return f"{code.co_filename}:{line}, in {code.co_name}"
