"""A server on this machine with a certificate of its own: known where it is named, else refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from known.secure import Secure, secure_server

from amplify import PlanError

if TYPE_CHECKING:
    from known.bench import Bench


@pytest.fixture
def secure(tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secure]:
    """A server with a certificate of its own, which the environment names."""
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    # A proxy is passed over: nothing listens there.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with secure_server(tmp_path, bench.vendor.good()) as server:
        monkeypatch.setenv(bench.vendor.url_variable, server.url + bench.vendor.base)
        yield server


def test_a_certificate_that_nobody_named_is_refused_and_the_option_told(
    bench: Bench, secure: Secure
) -> None:
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("connection", False)
    assert "certificate" in failure.message
    assert "llm.ca_file" in failure.message
    assert "SSL_CERT_FILE" in failure.message


def test_a_certificate_that_the_environment_names(
    bench: Bench, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
    assert bench.completion().text == "A: good"


def test_a_folder_of_certificates_that_the_environment_names(
    bench: Bench, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(secure.folder))
    assert bench.completion().text == "A: good"


def test_a_certificate_that_an_option_names(bench: Bench, secure: Secure) -> None:
    assert bench.completion(ca_file=str(secure.certificate)).text == "A: good"
    assert "ca_file" not in bench.provider(ca_file=str(secure.certificate)).identity


def test_a_certificate_for_another_host_is_refused(
    bench: Bench, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same machine, by an address that the certificate does not hold.
    told = secure.url.replace("localhost", "127.0.0.1") + bench.vendor.base
    monkeypatch.setenv(bench.vendor.url_variable, told)
    assert "certificate" in bench.failure(ca_file=str(secure.certificate)).message


def test_a_server_without_certificates_needs_none(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "no.pem"))
    assert bench.completion().text == "A: good"


def test_what_holds_no_certificate_is_refused_before_any_call(
    bench: Bench, secure: Secure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path, told in ((empty, "holds no certificate"), (tmp_path / "no.pem", "No such file")):
        with pytest.raises(PlanError, match=told) as raised:
            bench.provider(ca_file=str(path))
        assert raised.value.where == "[llm] ca_file"
        with monkeypatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(path))
            with pytest.raises(PlanError, match=told) as raised:
                bench.provider()
        assert raised.value.where == "SSL_CERT_FILE"
