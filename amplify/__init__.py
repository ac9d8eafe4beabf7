"""AMPLIFY: few-shot demonstrations with rationales from a proxy model's attributions.

What plugin authors and users of the Python API import from here is listed in `__init__.pyi`. A
name's module is imported only when the name is asked for, so that importing this package imports
nothing heavy.
"""

import lazy_loader

from amplify.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
