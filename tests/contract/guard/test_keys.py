"""Keys are found in whatever form a service repeats them, and words are left alone."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify import Secret
from amplify.contract.guard.keys import PART, Scrubber, secret_values
from amplify.contract.guard.secret import keys_sent, scrubbed
from amplify.kit.http_failures import MOST, one_line, unusable_reply

KEY = "sk-live/0123+456789=never-to-be-seen&\"'\\"

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "over two lines": lambda key: f"{key[:20]}\n    {key[20:]}",
    "with invisible characters": "\u200b".join,
    "percent-encoded": lambda key: quote(key, safe=""),
    "percent-encoded, lower case": lambda key: quote(key, safe="").lower(),
    "in JSON": lambda key: json.dumps(key)[1:-1],
    "in JSON with escaped slashes": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "in JSON, all of it escaped": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "in HTML": html.escape,
    "in HTML by numbers": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "percent twice": lambda key: "".join(f"%25{ord(c):02X}" for c in key),
    "x escapes": lambda key: "".join(rf"\x{ord(c):02x}" for c in key),
    "hexadecimal": lambda key: key.encode().hex(),
    "HEXADECIMAL": lambda key: key.encode().hex().upper(),
    "hexadecimal with gaps": lambda key: key.encode().hex(" "),
}


def held(text: str, key: str, least: int = PART) -> bool:
    """Whether the text holds so many letters of the key in a row."""
    return any(key[at : at + least] in text for at in range(len(key) - least + 1))


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_taken_out_in_every_form(form: str) -> None:
    text = f"wrong key {FORMS[form](KEY)}, no!"
    assert Scrubber({KEY: "A_KEY"})(text) == "wrong key [A_KEY], no!"


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("coded", [base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
def test_a_key_is_taken_out_of_base64(coded: Callable[[bytes], bytes], before: str) -> None:
    text = coded(f"{before}{KEY}".encode()).decode()
    shown = Scrubber({KEY: "A_KEY"})(f"Basic {text}")
    assert "[A_KEY]" in shown
    assert not held(shown, "".join(text.split()))


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6), st.text())
def test_any_key_is_taken_out_of_any_text(key: str, text: str) -> None:
    assert key not in Scrubber({key: "•"})(f"{text}{key}{text}")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6), st.data())
def test_tokens_hold_a_key_together(key: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(key) - 1))))
    parts = [key[a:b] for a, b in zip([0, *cuts], [*cuts, len(key)], strict=True)]
    tokens = [" so ", *parts, " it is"]
    shown = Scrubber({key: "•"}).tokens(tokens)
    assert len(shown) == len(tokens)
    assert key not in "".join(shown)
    assert "".join(shown).startswith(" so ")


def test_parts_are_taken_out_where_they_are_asked_for() -> None:
    cut = f"the key {KEY[:20]}… and {KEY[-9:]}"
    assert not held(Scrubber({KEY: "K"}, [KEY])(cut), KEY)
    assert Scrubber({KEY: "K"})(cut) == cut
    assert Scrubber({"positive": "K"}, ["positive"])("positiv it is") == "positiv it is"


def test_of_a_key_in_another_nothing_is_left() -> None:
    assert Scrubber({"sk-12345678": "A", "sk-12345678-more": "B"})("sk-12345678-more") == "[B]"


def test_a_value_with_blanks_around_it_is_one_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", " sk-12345678\n")
    assert secret_values()["sk-12345678"] == "A_KEY"


def test_the_password_of_a_proxy_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:s%C3%A9same-1@proxy:3128")
    assert scrubbed("no way through sésame-1") == "no way through [HTTPS_PROXY]"


def test_what_is_sent_is_what_is_held_and_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "sk-12345678")
    monkeypatch.setenv("B_KEY", "positive")
    monkeypatch.setenv("C_URL", "http://localhost")
    secret = Secret("sk-87654321", "MINE")
    assert keys_sent(["A_KEY", "C_URL"])["sk-12345678"] == "A_KEY"
    assert keys_sent()["sk-87654321"] == "MINE"
    assert "positive" not in keys_sent(["A_KEY", "C_URL"])
    assert "http://localhost" not in keys_sent(["A_KEY", "C_URL"])
    del secret
    assert "sk-87654321" not in keys_sent()


def test_headers_with_telling_names_hold_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MORE", "X-Gateway-Token: Bearer gw-778899\nX-Stage: production\nbroken")
    found = {secret.reveal() for secret in Secret.in_headers("MORE")}
    assert found == {"Bearer gw-778899", "gw-778899"}


@pytest.mark.parametrize("before", [0, MOST - 60, MOST - 10, MOST + 10, 99_980, 100_200])
def test_a_key_is_taken_out_before_a_message_is_cut(
    monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setenv("LONG_API_KEY", KEY * 4)
    for filler in ("x", " "):
        assert not held(one_line(f"{filler * before} {KEY * 4}"), KEY)
        told = f"{filler * before} {KEY[:30]}\n{KEY[30:]}{KEY * 3}"
        assert not held(one_line(told), KEY)


@pytest.mark.parametrize("before", [0, 20, 75, 90])
def test_a_key_is_taken_out_before_a_body_is_cut(
    monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setenv("LONG_API_KEY", KEY * 4)
    body = f"<{'x' * before}{KEY * 4}>".encode()
    assert not held(unusable_reply("it is no JSON", body).message, KEY)
