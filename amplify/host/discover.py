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
class Found:
    """An installed plugin, nothing of it imported.

    `requires` holds the distribution's requirements as its metadata writes them; `problem` says
    what already speaks against it.
    """

    name: str
    short: str
    version: str
    summary: str
    entry: EntryPoint
    requires: tuple[str, ...] = ()
    problem: str = ""


def normalise(name: str) -> str:
    """A distribution's name as package indexes compare it: lower case, runs of -_. as one `-`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def shorten(name: str) -> str:
    """The prefix of a plugin's components: its normalised name without `amplify-`."""
    return name.removeprefix("amplify-") or name


def discover(
    plugins: bool = True, entry_points: Iterable[EntryPoint] | None = None
) -> tuple[list[Found], list[str]]:
    """The plugins, the built-in one first, the others by name; and what could not be read.

    `plugins` False leaves the metadata of other distributions unread. `entry_points` stands in
    for the scan; each must know its distribution.
    """
    entry = EntryPoint(BUILTIN, "amplify.builtin.plugin", GROUP)
    found = {BUILTIN: Found(BUILTIN, BUILTIN, __version__, "the core's own components", entry)}
    problems: list[str] = []
    if plugins:
        entries = _scan(problems) if entry_points is None else list(entry_points)
        for name, others in _by_distribution(entries).items():
            key = name if name != BUILTIN else f"{name} (distribution)"
            found[key] = _describe(name, others)
    rest = sorted((f for f in list(found.values())[1:]), key=lambda plugin: plugin.name)
    return [found[BUILTIN], *rest], problems


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
            place = getattr(distribution, "_path", "a distribution")
            problems.append(f"metadata of {place} cannot be read: {error}")
    return entries


def _by_distribution(entries: Iterable[EntryPoint]) -> dict[str, list[EntryPoint]]:
    """The entry points by normalised distribution name; of two copies, the first on the path."""
    grouped: dict[str, list[EntryPoint]] = defaultdict(list)
    first: dict[str, Distribution] = {}
    for entry in entries:
        distribution = entry.dist
        if distribution is None:
            raise ValueError(f"entry point {entry.name!r} knows no distribution")
        name = normalise(str(distribution.metadata["Name"] or entry.name))
        if first.setdefault(name, distribution) is distribution:
            grouped[name].append(entry)
    return grouped


def _describe(name: str, entries: list[EntryPoint]) -> Found:
    distribution = entries[0].dist
    assert distribution is not None
    metadata = distribution.metadata
    problem = ""
    if len(entries) > 1:
        names = ", ".join(entry.name for entry in entries)
        problem = f"declares {len(entries)} entry points ({names}); a distribution may have one"
    return Found(
        name=name,
        short=shorten(name),
        version=str(metadata["Version"] or "unknown"),
        summary=str(metadata["Summary"] or "") if metadata["Summary"] != "UNKNOWN" else "",
        entry=entries[0],
        requires=tuple(metadata.get_all("Requires-Dist") or ()),
        problem=problem,
    )
