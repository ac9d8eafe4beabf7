"""Processes of the tests: the command line and others, run to their end or started.

They find this session's environment without what would change what a command does, and the
modules of `known`.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from known.waiting import HUNG

# A process that ignores a signal hands that on to what it starts: one in the background ignores
# interrupts, one under nohup hang-ups.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

MAIN = [sys.executable, "-c", "from amplify.cli.main import main; main()"]
LINE = shlex.join(MAIN)
"""`amplify` as a shell runs it."""

TESTS = str(Path(__file__).parent.parent)
OURS = ("AMPLIFY_", "OPENAI_", "ANTHROPIC_", "KNOWN_", "WEB_")
THE_TERMINALS = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"}


def environment(**env: str) -> dict[str, str]:
    """What a process finds: `env`, and of this session's environment what changes no command.

    A PYTHONPATH in `env` comes before the others.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OURS) and name not in THE_TERMINALS
    }
    folders = (env.pop("PYTHONPATH", ""), TESTS, kept.get("PYTHONPATH", ""))
    path = os.pathsep.join(filter(None, folders))
    return {**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **env}


def start(command: Sequence[str], cwd: Path | None = None, **env: str) -> subprocess.Popen[str]:
    """A process that is running; its output waits to be read."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def run(
    command: Sequence[str], cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """A process that has ended."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        encoding="utf-8",
        timeout=HUNG,
        check=False,
    )


def executable(folder: Path) -> str:
    """The PATH by which a shell finds `amplify`, which is written to the folder's `bin`."""
    (folder / "bin").mkdir(exist_ok=True)
    tool = folder / "bin" / "amplify"
    tool.write_text(f'#!/bin/sh\nexec {LINE} "$@"\n')
    tool.chmod(0o755)
    return f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
