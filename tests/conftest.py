"""Real installed distributions for the tests: written to a site folder with their metadata."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from known.waiting import HUNG

# No test asserts on wall-clock time, and every run draws the same examples.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.load_profile("untimed")

# Whoever starts the tests in the background has them ignore interrupts, and what they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Under nohup it is ignored, by the processes that tests start too.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

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

    def amplify(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """A command line, run in a process of its own that sees the site folder."""
        command = [sys.executable, "-c", "from amplify.cli.main import main; main()", *arguments]
        return self.python(command, **env)

    def python(self, command: Sequence[str], **env: str) -> subprocess.CompletedProcess[str]:
        """`command`, run with the site folder on its path and no AMPLIFY_ variable but `env`."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AMPLIFY_")}
        path = os.pathsep.join(filter(None, (str(self.path), kept.get("PYTHONPATH", ""))))
        return subprocess.run(
            command,
            env={**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **env},
            capture_output=True,
            encoding="utf-8",
            timeout=HUNG,
            check=False,
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site folder on this process's path; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    yield Site(folder)
    sys.path.remove(str(folder))
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
