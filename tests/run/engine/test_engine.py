from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from amplify import Completion, DataError, Failure, PluginError, Prompt, Request
from amplify.contract.progress import silent
from amplify.run.engine.engine import Engine
from amplify.run.engine.request_key import request_key
from amplify.run.store.journal import Journal


class Parrot:
    """A provider that repeats the own part of a prompt, in reverse order of asking.

    It fails what contains "bad", and dies (as a crash would) at "die".
    """

    limit = None

    def __init__(self, **identity: Any) -> None:
        self.asked: list[str] = []
        self.identity = {"provider": "parrot", **identity}

    def count_tokens(self, text: str) -> None:
        return None

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        for index in reversed(range(len(requests))):
            own = requests[index].prompt.item_part
            self.asked.append(own)
            if own == "die":
                raise RuntimeError("crash")
            yield index, Failure("refused", "no") if "bad" in own else Completion(own, "parrot")


def request(own: str, arm: str = "a", shared: str = "", **more: Any) -> Request:
    return Request(Prompt(shared, own), arm, own, more.pop("max_tokens", 10), **more)


def ask(path: Path, parrot: Parrot, *owns: str, arm: str = "a") -> list[Completion | Failure]:
    with Journal(path) as journal:
        return Engine(parrot, journal, silent).ask([request(own, arm) for own in owns])


def texts(outcomes: list[Completion | Failure]) -> list[str]:
    return [o.text if isinstance(o, Completion) else o.kind for o in outcomes]


def test_outcomes_keep_the_order_of_the_requests(tmp_path: Path) -> None:
    assert texts(ask(tmp_path / "j", Parrot(), "x", "bad", "y")) == ["x", "refused", "y"]


def test_equal_requests_are_one_call(tmp_path: Path) -> None:
    parrot = Parrot()
    assert texts(ask(tmp_path / "j", parrot, "x", "y", "x", "x")) == ["x", "y", "x", "x"]
    assert sorted(parrot.asked) == ["x", "y"]


def test_what_was_answered_is_never_asked_again_and_what_failed_is(tmp_path: Path) -> None:
    ask(tmp_path / "j", Parrot(), "x", "bad", "y")
    again = Parrot()
    assert texts(ask(tmp_path / "j", again, "x", "bad", "y", "z")) == ["x", "refused", "y", "z"]
    assert sorted(again.asked) == ["bad", "z"]


def test_a_provider_that_dies_loses_nothing_that_it_said(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="crash") as caught:
        ask(tmp_path / "j", Parrot(), "x", "die", "y")
    assert "--resume" in str(caught.value)
    again = Parrot()
    ask(tmp_path / "j", again, "x", "y")
    assert again.asked == ["x"]


def test_a_line_that_a_kill_cut_off_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "j"
    ask(path, Parrot(), "x", "y")
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    again = Parrot()
    assert texts(ask(path, again, "x", "y")) == ["x", "y"]
    assert again.asked == ["x"]
    assert [json.loads(line)["item"] for line in path.read_text().split("\n") if line] == ["y", "x"]


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j"
    ask(path, Parrot(), "x", "y")
    path.write_text("{oops\n" + path.read_text())
    with pytest.raises(DataError, match=r"j:1"):
        ask(path, Parrot(), "x")


def test_replies_with_odd_line_breaks_survive(tmp_path: Path) -> None:
    odd = "a\u2028b\x85c\r\nd\x1e\U0001f600"
    ask(tmp_path / "j", Parrot(), odd)
    again = Parrot()
    assert texts(ask(tmp_path / "j", again, odd)) == [odd]
    assert again.asked == []


def test_the_key_covers_all_that_changes_an_answer_and_nothing_else() -> None:
    base = request_key(request("x"), {"provider": "p"})
    assert base == request_key(Request(Prompt("", "x"), "other", "item", 10), {"provider": "p"})
    assert base == request_key(Request(Prompt("x", ""), "a", "x", 10), {"provider": "p"})
    different = [
        request_key(request("y"), {"provider": "p"}),
        request_key(request("x"), {"provider": "q"}),
        request_key(request("x", max_tokens=11), {"provider": "p"}),
        request_key(request("x", stop=("\n",)), {"provider": "p"}),
        request_key(request("x"), {"provider": "p", "by_arm": ["a"]}),
    ]
    assert len({base, *different}) == 6


def test_an_arm_counts_only_where_the_provider_says_so(tmp_path: Path) -> None:
    path = tmp_path / "j"
    ask(path, Parrot(by_arm=["cot"]), "x", arm="a")
    again = Parrot(by_arm=["cot"])
    ask(path, again, "x", arm="b")
    assert again.asked == []
    ask(path, again, "x", arm="cot")
    assert again.asked == ["x"]


class Liar(Parrot):
    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        yield 0, Completion("x", "liar")
        yield 0, Completion("y", "liar")


class Silent(Parrot):
    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        yield 0, Completion("x", "silent")


def test_a_provider_that_breaks_its_contract_is_told_on(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="not one outcome for each"):
        ask(tmp_path / "j", Liar(), "x", "y")
    assert texts(ask(tmp_path / "k", Silent(), "x", "y")) == ["x", "missing"]


def test_repeats_of_a_prompt_are_calls_of_their_own(tmp_path: Path) -> None:
    plain = request_key(request("x"), {})
    assert request_key(request("x", repeat=0), {}) == plain
    assert len({plain, *(request_key(request("x", repeat=n), {}) for n in (1, 2))}) == 3


def test_labels_that_are_ranked_are_part_of_the_key() -> None:
    keys = {request_key(request("x", labels=ls), {}) for ls in ((), ("a",), ("b",), ("a", "b"))}
    assert len(keys) == 4
