"""Whole runs in a folder whose `.env` is somebody else's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.openai_words import KEY
from known.runs import Runs, label
from known.server import Server

pytestmark = pytest.mark.once


MINE = "sk-mine-9876543210"


@pytest.fixture
def theirs() -> Iterator[Server]:
    """The server that `.env` names."""
    with Server(answer=label) as server:
        yield server


@pytest.fixture
def mine() -> Iterator[Server]:
    """The server that the user's own environment or the plan names."""
    with Server(answer=label) as server:
        yield server


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, {})
    runs.write('use = "openai"\nmodel = "known-1"', 2)
    return runs


def test_an_exported_key_does_not_go_to_an_address_of_the_folder(
    runs: Runs, theirs: Server, mine: Server
) -> None:
    runs.write(f'use = "openai"\nmodel = "known-1"\nbase_url = "{mine.url}/v1"', 2)
    for lines in ("", f"OPENAI_API_KEY={KEY}\n", f"AMPLIFY_SERVER_KEY={KEY}\n"):
        text = f"OPENAI_BASE_URL={theirs.url}/v1\nHTTP_PROXY={theirs.url}\n{lines}"
        (runs.folder / ".env").write_text(text)
        for name in ("OPENAI_API_KEY", "AMPLIFY_SERVER_KEY", "OPENAI_CUSTOM_HEADERS"):
            runs.env.clear()
            runs.env[name] = MINE if "KEY" in name else f"X-Gateway-Token: {MINE}"
            _, told = runs.run("plan", "plan.toml")
            assert "passed over OPENAI_BASE_URL" in told
            assert f"{name} is set outside of .env" in told
    runs.env = {"OPENAI_API_KEY": MINE, "AMPLIFY_SERVER_KEY": MINE}
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert mine.seen
    assert not theirs.seen
    assert MINE not in told + repr([seen.headers for seen in theirs.seen])


def test_a_key_and_its_address_from_the_folder_go_together(runs: Runs, theirs: Server) -> None:
    (runs.folder / ".env").write_text(
        f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={theirs.url}/v1\nAMPLIFY_LIMIT=1\nPYTHONPATH=lib\n"
    )
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert "read AMPLIFY_LIMIT, OPENAI_API_KEY, OPENAI_BASE_URL" in told
    assert "passed over PYTHONPATH (no provider's key)" in told
    assert {seen.headers["authorization"] for seen in theirs.seen} == {f"Bearer {KEY}"}
    assert len(theirs.seen) == 2
    assert told.count(".env: ") == 1


def test_no_proxy_of_the_folder_stands_in_between(runs: Runs, tmp_path: Path) -> None:
    """The host's name resolves nowhere, so that only a proxy could be spoken to."""
    llm = 'use = "openai"\nmodel = "known-1"\nbase_url = "https://service.invalid/v1"'
    runs.write(llm, 2, "retries = 0")
    runs.env["AMPLIFY_SERVER_KEY"] = MINE
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        (tmp_path / "theirs.pem").write_text("a certificate for service.invalid")
        (tmp_path / ".env").write_text(
            f"HTTPS_PROXY={url}\nhttps_proxy={url}\nALL_PROXY={url}\nSSL_CERT_FILE=theirs.pem\n"
        )
        code, told = runs.run("run", "plan.toml", "--out", "out")
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert code == 1, told
    assert "no answer from the server" in told
    assert "passed over HTTPS_PROXY, https_proxy, ALL_PROXY, SSL_CERT_FILE" in told


def test_a_plan_adds_no_certificate_to_those_that_openai_is_checked_by(
    runs: Runs, tmp_path: Path
) -> None:
    (tmp_path / "theirs.pem").write_text("a certificate for api.openai.com")
    runs.write('use = "openai"\nmodel = "known-1"\nca_file = "theirs.pem"', 2)
    runs.env["OPENAI_API_KEY"] = MINE
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 2
    assert "[llm] ca_file: is for a server of your own" in told
