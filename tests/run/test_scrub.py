from __future__ import annotations

from typing import Any

import pytest
from known.web import Web

from amplify import PluginError
from amplify.run.asking import check_identity
from amplify.run.scrub import scrubber


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "HF_TOKEN", "my_secret", "DB_PASSWORD", "GOOGLE_CREDENTIALS"]
)
def test_the_values_of_telling_variables_are_taken_out(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "sk-12345678")
    assert scrubber()("no sk-12345678, yes sk-12345678!") == f"no [{name}], yes [{name}]!"


def test_a_key_that_is_part_of_another_leaves_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A_KEY", "sk-12345678")
    monkeypatch.setenv("B_KEY", "sk-12345678-and-more")
    assert scrubber()("sk-12345678-and-more") == "[B_KEY]"


def test_other_variables_and_short_values_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONKEY", "monkeys everywhere")
    monkeypatch.setenv("A_KEY", "the")
    assert scrubber()("the monkeys everywhere") == "the monkeys everywhere"


def test_an_identity_that_holds_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_API_KEY", "sk-12345678")
    headers: dict[str, Any] = {"headers": {"authorization": "Bearer sk-12345678"}}
    with pytest.raises(PluginError, match="the value of WEB_API_KEY") as caught:
        check_identity(Web("http://a", more=headers))
    assert "sk-12345678" not in str(caught.value)
