"""The plugins that are installed, from one scan of the distributions' metadata."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from amplify import __version__

GROUP = "amplify"
CORE = "amplify-icl"
BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """An installed plugin, of which nothing is imported.

    `requires` holds the distribution's requirements as its metadata writes them; `problem` says
    why it cannot be loaded, as far as its metadata shows.
    """

    name: str
    short: str
    version: str
    summary: str
    entry: EntryPoint
    requires: tuple[str, ...] = ()
    problem: str = ""


def normalise(name: str) -> str:
    """A distribution's name as package indexes compare it: lower case, runs of -_. as one `-`.

    It is `packaging.utils.canonicalize_name`, whose import would slow a listing down.
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def shorten(name: str) -> str:
    """The prefix of a plugin's components: its normalised name without `amplify-`."""
    return name.removeprefix("amplify-") or name


def discover(
    entry_points: Iterable[EntryPoint] | None,
) -> tuple[list[InstalledPlugin], list[str]]:
    """The plugins, the built-in one first, the others by name; and what could not be read.

    `entry_points` stands in for the scan of the environment; each must know its distribution.
    """
    problems: list[str] = []
    entries = _scan(problems) if entry_points is None else list(entry_points)
    grouped: dict[int, list[EntryPoint]] = defaultdict(list)
    for entry in entries:
        grouped[id(entry.dist)].append(entry)
    by_name: dict[str, InstalledPlugin] = {}
    for group in grouped.values():
        try:
            plugin = _describe(group)
        except Exception as error:  # noqa: BLE001  # any distribution may be damaged in any way
            problems.append(_unreadable(group[0].dist, error))
        else:
            # Of two copies of a distribution, Python imports the first on the path.
            by_name.setdefault(plugin.name, plugin)
    entry = EntryPoint(BUILTIN, "amplify.builtin.plugin", GROUP)
    builtin = InstalledPlugin(BUILTIN, BUILTIN, __version__, "the core's own components", entry)
    return [builtin, *sorted(by_name.values(), key=lambda plugin: plugin.name)], problems


def _scan(problems: list[str]) -> list[EntryPoint]:
    """All entry points of the group; a distribution with unreadable metadata becomes a problem."""
    entries: list[EntryPoint] = []
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt")
            # Most distributions are no plugins: the search saves parsing their entry points.
            if text and f"[{GROUP}]" in text.replace(" ", ""):
                entries += distribution.entry_points.select(group=GROUP)
        except Exception as error:  # noqa: BLE001  # any distribution may be damaged in any way
            problems.append(_unreadable(distribution, error))
    return entries


def _unreadable(distribution: Distribution | None, error: Exception) -> str:
    return f"metadata of {getattr(distribution, '_path', 'a plugin')} cannot be read: {error}"


def _describe(entries: list[EntryPoint]) -> InstalledPlugin:
    """The plugin of one distribution's entry points; raises whatever damaged metadata raises."""
    distribution = entries[0].dist
    if distribution is None:
        raise ValueError(f"entry point {entries[0].name!r} knows no distribution")
    metadata = distribution.metadata
    fields = {field: str(metadata[field]) for field in metadata}
    if not fields.get("Name"):
        raise ValueError("it holds no name")
    name = normalise(fields["Name"])
    problem = ""
    if len(entries) > 1:
        names = ", ".join(entry.name for entry in entries)
        problem = f"declares {len(entries)} entry points ({names}); a distribution may have one"
    return InstalledPlugin(
        name=name,
        short=shorten(name),
        version=fields.get("Version", "unknown"),
        summary=fields.get("Summary", ""),
        entry=entries[0],
        requires=tuple(metadata.get_all("Requires-Dist") or ()),
        problem=problem,
    )
