"""Real installed distributions for the tests: written to a site folder with their metadata."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from known.commands import MAIN, run, start

OPENING = """
    from dataclasses import dataclass
    from amplify import ExplainerComponent, hookimpl, option

    @dataclass(frozen=True)
    class Options:
        width: int = option(5, help="how many letters")

    @hookimpl
    def amplify_explainers():
        yield ExplainerComponent(
            name="opening",
            factory="{module}_live:Opening",
            summary="the opening letters",
            options=Options,
            env=("OPENING_KEY",),
        )
"""
"""A sound plugin, told in `Site.add` which module it is."""


@dataclass(frozen=True)
class Site:
    """A folder of installed distributions."""

    path: Path

    def add(
        self,
        name: str,
        source: str = OPENING,
        *,
        version: str = "1.0",
        summary: str = "a plugin of the tests",
        requires: Sequence[str] = (),
        extras: Sequence[str] = (),
        value: str = "",
        live: str = "",
    ) -> str:
        """Install a distribution whose plugin module holds `source`; the module's name.

        `live` goes to a second module, named with the suffix `_live`.
        """
        module = name.lower().replace("-", "_").replace(".", "_") + "_plugin"
        text = textwrap.dedent(source).replace("{module}", module)
        (self.path / f"{module}.py").write_text(text, encoding="utf-8")
        if live:
            text = textwrap.dedent(live)
            (self.path / f"{module}_live.py").write_text(text, encoding="utf-8")
        info = self.path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
        lines += [f"Summary: {summary}"] if summary else []
        lines += [f"Requires-Dist: {line}" for line in requires]
        lines += [f"Provides-Extra: {extra}" for extra in extras]
        (info / "METADATA").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
        entry = f"[amplify]\n{name} = {value or module}\n"
        (info / "entry_points.txt").write_text(entry, encoding="utf-8")
        files = [f"{module}.py", *(f"{info.name}/{f}" for f in ("METADATA", "entry_points.txt"))]
        files += [f"{module}_live.py"] if live else []
        record = "".join(f"{file},,\n" for file in [*files, f"{info.name}/RECORD"])
        (info / "RECORD").write_text(record, encoding="utf-8")
        importlib.invalidate_caches()
        return module

    def amplify(
        self, *arguments: str, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """A command line that has ended; it sees the site folder."""
        return self.python([*MAIN, *arguments], cwd, **env)

    def start(self, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.Popen[str]:
        """A command line that is running."""
        return start([*MAIN, *arguments], cwd or self.path.parent, **{**self.env, **env})

    def python(
        self, command: Sequence[str], cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """A process that has ended; its Python sees the site folder, and it runs beside that."""
        return run(command, cwd or self.path.parent, **{**self.env, **env})

    @property
    def env(self) -> dict[str, str]:
        """Where processes find the distributions, and their cache, which is the test's own."""
        return {"PYTHONPATH": str(self.path), "XDG_CACHE_HOME": str(self.path.with_name("cache"))}


@contextmanager
def site_on_path(folder: Path) -> Iterator[Site]:
    """A new site folder on this process's path; what was imported from it is forgotten then."""
    folder.mkdir()
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    yield Site(folder)
    sys.path.remove(str(folder))
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
