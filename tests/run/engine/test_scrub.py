from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from known.web import Web

from amplify import Completion, Failure, PluginError
from amplify.contract.guard.secret import scrubber
from amplify.run.engine.open_engine import check_identity
from amplify.run.engine.scrub import cleaner


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


def test_every_text_of_a_reply_is_freed_of_the_keys_that_were_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEB_API_KEY", "sk-12345678")
    monkeypatch.setenv("SORT_KEY", "positive")
    tokens = (("sk-", -0.1), ("1234", -0.2), ("5678 po", -0.3), ("sitive", -0.4))
    told = Completion("sk-12345678 positive", "m-sk-12345678", "sk-12345678", note="sk-12345678")
    clean = cleaner(["WEB_API_KEY", "WEB_URL"])
    assert clean(replace(told, logprobs=tokens)) == Completion(
        "[WEB_API_KEY] positive",
        "m-[WEB_API_KEY]",
        "[WEB_API_KEY]",
        note="[WEB_API_KEY]",
        logprobs=(("[WEB_API_KEY]", -0.1), ("", -0.2), (" po", -0.3), ("sitive", -0.4)),
    )
    other = Completion("positive", "positive", "positive", note="positive")
    assert clean(other) is other


def test_a_failure_is_freed_of_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_API_KEY", "sk-12345678-and-so-on")
    monkeypatch.setenv("OTHER_TOKEN", "tk-87654321")
    clean = cleaner(["WEB_API_KEY"])
    told = Failure("auth", "no sk-12345678-and-so-on, tk-87654321 or sk-12345678-an")
    assert clean(told) == Failure("auth", "no [WEB_API_KEY], [OTHER_TOKEN] or [WEB_API_KEY]")


def test_texts_that_no_file_can_hold_are_repaired() -> None:
    half = Completion("a\ud83d", "m\ud83d", "s\ud83d", note="n\ud83d", logprobs=(("t\ud83d", 0.0),))
    made = cleaner()(half)
    assert isinstance(made, Completion)
    assert made == Completion("a\ufffd", "m\ufffd", "s\ufffd", note="n\ufffd",
                              logprobs=(("t\ufffd", 0.0),))  # fmt: skip


def test_an_identity_may_say_what_the_plan_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word in a system message is no key because a variable holds it too."""
    monkeypatch.setenv("SORT_KEY", "positive")
    monkeypatch.setenv("WEB_API_KEY", "sk-12345678")
    web = Web("http://a", more={"system": "Be positive."})
    check_identity(web, {"sk-12345678": "WEB_API_KEY"}, "{'system': 'Be positive.'}")
    with pytest.raises(PluginError, match="SORT_KEY"):
        check_identity(web, {"sk-12345678": "WEB_API_KEY"})
    with pytest.raises(PluginError, match="WEB_API_KEY"):
        check_identity(
            Web("http://a", more={"system": "sk-12345678"}),
            {"sk-12345678": "WEB_API_KEY"},
            "{'system': 'sk-12345678'}",
        )
