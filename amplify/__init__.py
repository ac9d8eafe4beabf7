"""AMPLIFY: few-shot demonstrations with rationales from a proxy model's attributions.

What plugin authors and users of the Python API import from here is listed in `__init__.pyi`. A
name's module is imported only when the name is asked for, so that importing this package imports
nothing heavy. `amplify.run` is a package and a function: the package can be called.
"""

from types import ModuleType

import lazy_loader

from amplify import run as run
from amplify.version import __version__ as __version__


def _function():
    from amplify.api.run import run as function

    return function


class _Run(ModuleType):
    # The package `amplify.run`: when it is called, and asked for help, it is the function.

    @property
    def __doc__(self):
        return _function().__doc__

    @property
    def __signature__(self):
        from inspect import signature

        return signature(_function())

    def __call__(self, *arguments, **settings):
        return _function()(*arguments, **settings)


run.__class__ = _Run

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
