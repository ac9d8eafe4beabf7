"""A task that an LLM solves by the demonstrations it is shown, and a server that is such an LLM."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from known.apprentice import answer, write_task
from known.openai_words import KEY
from known.server import Server

collect_ignore_glob = [] if find_spec("dspy") else ["test_*.py"]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs find the task, and in the environment the server and no other."""
    server.answer = answer
    write_task(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path
