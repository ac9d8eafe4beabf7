"""The key is sent to the server, and is nowhere else."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from known.openai_words import KEY, ask
from known.scripted import Answer
from known.server import Seen

from amplify import ProviderError

if TYPE_CHECKING:
    from known.bench import Bench


def echo(seen: Seen) -> Answer:
    """The worst of servers: it repeats the key in what it answers."""
    told = seen.headers["authorization"]
    status = int(seen.json["model"]) if seen.body and "model" in seen.json else 401
    headers = {"retry-after": told, "x-request-id": told, "request-id": told}
    if status == 200:
        return Answer(200, f"<html>{told}</html>".encode(), headers)
    error = {"message": f"no {told}", "type": told, "code": told, "param": told}
    return Answer(status, {"type": "error", "error": error, "request_id": told}, headers)


@pytest.mark.parametrize("status", ["200", "400", "401", "429", "500"])
def test_a_failure_holds_no_key(bench: Bench, status: str) -> None:
    bench.service.script = echo
    (reply,) = bench.replies(ask(), model=status)
    assert bench.service.seen[-1].headers["authorization"] == f"Bearer {KEY}"
    for shown in (repr(reply), str(reply), json.dumps(reply.outcome.message)):  # type: ignore[union-attr]  # a failure
        assert KEY not in shown
    assert KEY.encode() not in pickle.dumps(reply)
    assert "[key]" in repr(reply)


def test_a_provider_shows_no_key(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def work(provider: Any) -> None:
        await provider.answer(ask())
        shown = [repr(provider), str(vars(provider)), json.dumps(provider.identity)]
        assert not any(KEY in text for text in shown)
        with pytest.raises(TypeError):
            pickle.dumps(provider)
        try:
            raise RuntimeError("crash")
        except RuntimeError as error:
            dump = traceback.TracebackException.from_exception(error, capture_locals=True)
            assert KEY not in "".join(dump.format())

    with caplog.at_level(logging.DEBUG):
        bench.work(work)
    assert caplog.records
    assert KEY not in caplog.text


def test_the_error_of_a_batch_carries_nothing_of_the_sdk(bench: Bench) -> None:
    bench.service.script = echo
    with pytest.raises(ProviderError) as raised:
        bench.work(lambda provider: provider.submit({"a": ask()}), batch=True)
    error: BaseException | None = raised.value
    assert "HTTP 401" in str(error)
    assert KEY.encode() not in pickle.dumps(error)
    dump = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert KEY not in "".join(dump.format())
    while error is not None:
        assert type(error).__module__.split(".")[0] == "amplify"
        error = error.__cause__ or error.__context__
