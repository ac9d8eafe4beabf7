"""A key shows only where it is asked for."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from amplify import PlanError, Secret

KEY = "sk-sesame-0123456789"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("SOME_KEY", f"  {KEY}\n")
    found = Secret.read("SOME_KEY")
    assert found is not None
    return found


def test_a_key_is_read_and_given(secret: Secret) -> None:
    assert secret.reveal() == KEY


def test_no_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    assert Secret.read("SOME_KEY") is None
    monkeypatch.setenv("SOME_KEY", " \n")
    assert Secret.read("SOME_KEY") is None


def test_nothing_shows_it(secret: Secret) -> None:
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", format(secret)]
    shown += [repr(getattr(secret, name)) for name in dir(secret) if name != "reveal"]
    assert not any("sesame" in text for text in shown)
    try:
        held = secret
        raise RuntimeError("crash")
    except RuntimeError as error:
        dump = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert "sesame" not in "".join(dump.format())
        assert held is secret


@pytest.mark.parametrize("go", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_goes_nowhere(secret: Secret, go: object) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        go(secret)  # type: ignore[operator]  # one of the three


def test_it_is_taken_out_of_what_a_server_says(secret: Secret) -> None:
    assert secret.scrub(f"wrong key {KEY}, no {KEY}!") == "wrong key [key], no [key]!"


@pytest.mark.parametrize("value", [f"{KEY}\n{KEY}", f"“{KEY}”", f"Bearer {KEY}"])
def test_what_cannot_be_a_key_is_refused_unseen(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(PlanError, match="SOME_KEY") as raised:
        Secret.read("SOME_KEY")
    assert "sesame" not in str(raised.value)
