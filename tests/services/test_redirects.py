"""A call goes to the host that was asked, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from known.openai_words import KEY, ask
from known.scripted import Answer, scripted

from amplify import ProviderError

if TYPE_CHECKING:
    from known.bench import Bench


def to(location: str, status: int = 307) -> Answer:
    """An answer that redirects."""
    return Answer(status, b"", {"location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_host_gets_nothing_of_a_call(
    bench: Bench, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        f"{bench.vendor.name.upper()}_CUSTOM_HEADERS", "X-Gateway-Token: sesame-778899"
    )
    with scripted() as other:
        other.answering(bench.vendor.good())
        elsewhere = f"http://localhost:{other.server.port}"
        bench.answering(to(f"{elsewhere}/v1/{KEY}?key={KEY}", status))
        failure = bench.failure()
        assert (failure.kind, failure.retry) == ("not-found", False)
        assert bench.service.url in failure.message
        assert elsewhere in failure.message
        assert KEY not in failure.message
        assert not other.seen
    assert len(bench.service.seen) == 1


def test_another_port_and_another_scheme_are_another_host(bench: Bench) -> None:
    with scripted() as other:
        other.answering(bench.vendor.good())
        bench.answering(to(f"{other.url}/v1"))
        assert other.url in bench.failure().message
        secure = bench.service.url.replace("http:", "https:")
        bench.answering(to(f"{secure}/v1"))
        assert secure in bench.failure().message
        assert not other.seen


@pytest.mark.parametrize("status", [307, 308])
def test_one_redirect_on_the_same_host_is_followed(bench: Bench, status: int) -> None:
    bench.answering(to("/elsewhere/", status), bench.vendor.good())
    assert bench.completion().text == "A: good"
    first, second = bench.service.seen
    assert second.path == "/elsewhere/"
    assert (second.method, second.json, second.key) == ("POST", first.json, KEY)


def test_a_loop_is_a_failure_after_two_requests(bench: Bench) -> None:
    bench.answering(to("/elsewhere/"))
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("not-found", False)
    assert "redirects the call to its /elsewhere/" in failure.message
    assert len(bench.service.seen) == 2


def test_what_would_lose_the_prompt_is_not_followed(bench: Bench) -> None:
    for status in (301, 302, 303):
        bench.answering(to("/login", status))
        assert "redirects the call to its /login" in bench.failure().message
    assert [seen.method for seen in bench.service.seen] == ["POST"] * 3


@pytest.mark.parametrize("location", ["", "http://[::1", "http://x:port/", "ftp://x/"])
def test_a_redirect_to_nowhere(bench: Bench, location: str) -> None:
    bench.answering(to(location, 302))
    failure = bench.failure()
    assert failure.kind == "not-found"
    assert not failure.retry
    assert len(bench.service.seen) == 1


@pytest.mark.parametrize("step", ["submit", "status", "fetch"])
def test_no_step_of_a_batch_goes_to_another_host(bench: Bench, step: str) -> None:
    async def work(provider: Any) -> None:
        if step == "submit":
            await provider.submit({"key": ask()})
        elif step == "status":
            await provider.status("batch-1")
        else:
            async for _ in provider.fetch("batch-1"):
                pass

    with scripted() as other:
        bench.answering(to(f"{other.url}/v1", 302))
        with pytest.raises(ProviderError, match=f"to {other.url}, which got nothing of it"):
            bench.work(work, batch=True)
        assert not other.seen
