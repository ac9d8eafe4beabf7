"""AMPLIFY: few-shot demonstrations with rationales from a proxy model's attributions.

What plugin authors and users of the Python API import from here is listed in `__init__.pyi`. A
name's module is imported only when the name is asked for, so that importing this package imports
nothing heavy. `amplify.run` is a package and a function: the package can be called.
"""

from types import ModuleType
from typing import Any

import lazy_loader

from amplify import run as run
from amplify.version import __version__ as __version__


class _Run(ModuleType):
    """The package `amplify.run`; to call it carries a plan out."""

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        from amplify.api.run import run as carry_out

        return signature(carry_out)

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        from amplify.api.run import run as carry_out

        return carry_out(*arguments, **settings)


run.__class__ = _Run

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
