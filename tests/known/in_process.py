"""Commands in this process, which cost a fraction of a process of their own."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest

from amplify.cli.main import main

ALONE = ("--llm", "none", "-o", "survey.errors=none", "--arms", "zero-shot")
"""Options of a run that needs no plugin and asks nothing."""


def printed(*arguments: str, code: int = 0) -> str:
    """What a command prints on stdout and stderr; it must end with the exit code."""
    text = io.StringIO()
    with redirect_stdout(text), redirect_stderr(text), pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == code, text.getvalue()
    return text.getvalue()
