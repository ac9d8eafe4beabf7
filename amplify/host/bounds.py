"""Whether the installed core lies within the bounds that a plugin declares."""

from __future__ import annotations

import re

from amplify import __version__
from amplify.host.discover import CORE, Found, normalise

NAME = re.compile(r"\s*([\w.-]+)\s*(.*)")


def out_of_bounds(found: Found, version: str = __version__) -> str:
    """Why the plugin does not fit core `version`; "" where it does or does not say."""
    for line in found.requires:
        name = NAME.match(line)
        # A requirement without bounds fits, so that `packaging` stays unimported for most plugins.
        if name is None or normalise(name[1]) != CORE or not name[2]:
            continue
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            return f"its requirement {line!r} cannot be read"
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            return f"needs {CORE} {wanted.specifier}, installed is {version}"
    return ""
