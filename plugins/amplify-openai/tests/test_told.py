"""What a whole run tells of a server whose replies are not as expected, and how often it asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from known.openai_words import KEY, chat
from known.runs import Runs
from known.scripted import Answer, Scripted, scripted

pytestmark = pytest.mark.once

ITEMS = 10
CALLS = 2 * ITEMS


@pytest.fixture
def service() -> Iterator[Scripted]:
    with scripted() as service:
        yield service


@pytest.fixture
def runs(service: Scripted, tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{service.url}/v1"})
    runs.write('use = "openai"\nmodel = "known-1"', ITEMS)
    return runs


def saying(content: Any, **fields: Any) -> dict[str, Any]:
    body = chat(None)
    body["choices"][0]["message"] = {"role": "assistant", "content": content, **fields}
    return body


@pytest.mark.parametrize("content", ["", None])
def test_a_server_that_puts_its_replies_into_the_reasoning(
    runs: Runs, service: Scripted, content: str | None
) -> None:
    service.answering(saying(content, reasoning_content="So the answer is good."))
    code, told = runs.run("run", "plan.toml", "--out", "out")
    assert code == 0, told
    assert len(service.seen) == CALLS
    notes = [note for note in runs.record["notes"] if "into reasoning_content" in note]
    assert [note.partition(":")[0] for note in notes] == ["arm zero-shot", "arm answer-only"]
    assert all("reasoning parser off" in note for note in notes)
    assert sum(arm["unparsed"] for arm in runs.record["arms"]) == CALLS


def test_a_server_that_answers_with_images_is_up(runs: Runs, service: Scripted) -> None:
    service.answering(saying([{"type": "image_url", "image_url": {"url": "data:"}}]))
    code, told = runs.run("run", "plan.toml", "--out", "out", "-o", "calls.backoff=0.01")
    assert code == 1
    assert "it holds no text, but image_url: only text can be read" in told
    assert "the service is up, and what it answers is told above" in told
    assert "see that the service is up" not in told
    # Nothing is asked twice.
    prompts = [json.dumps(seen.json["messages"]) for seen in service.seen]
    assert len(set(prompts)) == len(prompts) < CALLS


def test_a_redirect_to_a_stranger_ends_the_run_at_the_first_call(
    runs: Runs, service: Scripted
) -> None:
    with scripted() as other:
        other.answering(chat("good"))
        service.answering(Answer(307, b"", {"location": f"{other.url}/v1/chat/completions"}))
        code, told = runs.run("run", "plan.toml", "--out", "out")
        assert code == 1
        assert f"{service.url} redirects the call to {other.url}" in " ".join(told.split())
        assert not other.seen
        assert len(service.seen) == 1
