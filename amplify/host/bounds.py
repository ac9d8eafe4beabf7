"""Whether the installed core lies within the bounds that a plugin declares."""

from __future__ import annotations

import operator
import re
from itertools import zip_longest

from amplify import __version__
from amplify.host.discover import CORE, InstalledPlugin, normalise

NAME = re.compile(r"\s*([\w.-]+)\s*(.*)")
PLAIN = re.compile(r"(>=|<=|>|<|==|!=)\s*(\d+(?:\.\d+)*)")
COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}


def out_of_bounds(plugin: InstalledPlugin, version: str = __version__) -> str:
    """Why the plugin does not fit core `version`; "" where it does or does not say."""
    for line in plugin.requires:
        name = NAME.match(line)
        if name is None or normalise(name[1]) != CORE or not name[2]:
            continue
        bounds, fits = name[2], fits_bounds(name[2], version)
        if fits is None:
            from packaging.requirements import InvalidRequirement, Requirement

            try:
                wanted = Requirement(line)
                applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            except (InvalidRequirement, ValueError, LookupError):
                return f"its requirement {line!r} cannot be read"
            fits = not applies or wanted.specifier.contains(version, prereleases=True)
            bounds = str(wanted.specifier)
        if not fits:
            return f"needs {CORE} {bounds}, installed is {version}"
    return ""


def fits_bounds(bounds: str, version: str) -> bool | None:
    """Whether `version` fits bounds like ">=0.1,<0.2"; None where they or it are not that plain.

    The usual bounds are compared here because importing `packaging` takes longer than loading
    several plugins; for releases made of numbers alone the comparison is that of PEP 440.
    """
    parts = [PLAIN.fullmatch(part.strip()) for part in bounds.split(",")]
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        return None
    results = []
    for part in parts:
        if part is None:
            return None
        pairs = zip_longest(map(int, version.split(".")), map(int, part[2].split(".")), fillvalue=0)
        ours, theirs = zip(*pairs, strict=True)
        results.append(COMPARE[part[1]](ours, theirs))
    return all(results)
