"""A small provider that asks a chat service over HTTP, one attempt at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from amplify import AsyncProvider, Completion, Failure, Limits, Reply, Request, Usage
from amplify.kit.http_failures import http_failure, unanswered, unusable_reply


@dataclass
class Web(AsyncProvider):
    """Asks `url` for chat completions of `model`."""

    url: str
    model: str = "echo"
    key: str = "none"
    warms: bool = False
    limit: int | None = None
    more: dict[str, Any] = field(default_factory=dict)
    session: aiohttp.ClientSession | None = None

    @property
    def identity(self) -> dict[str, Any]:
        return {"provider": "known/web", "base_url": self.url, "model": self.model, **self.more}

    def count_tokens(self, text: str) -> int:
        # As the server of the tests counts.
        return len(json.dumps([{"role": "user", "content": text}])) // 4

    async def answer(self, request: Request) -> Reply:
        if self.session is None:
            # No pool of its own: the engine's window is the bound.
            self.session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
            )
        body = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.prompt.messages],
            "max_tokens": request.max_tokens,
        }
        headers = {"authorization": f"Bearer {self.key}"}
        url = f"{self.url}/chat/completions"
        try:
            async with self.session.post(url, json=body, headers=headers) as got:
                content = await got.read()
        except (aiohttp.ClientError, OSError) as error:
            return Reply(unanswered(error))
        told = {name.lower(): value for name, value in got.headers.items()}
        if got.status >= 300:
            return Reply(self._failure(got.status, content, told), limits(told))
        return Reply(self._completion(content), limits(told))

    async def close(self) -> None:
        if self.session is not None:
            await self.session.close()

    def _failure(self, status: int, content: bytes, headers: dict[str, str]) -> Failure:
        error = json.loads(content)["error"]
        kind = "quota" if error.get("code") == "insufficient_quota" else None
        return http_failure(status, error["message"], headers, kind)

    def _completion(self, content: bytes) -> Completion | Failure:
        try:
            body = json.loads(content)
            choice = body["choices"][0]
            said = choice["message"]
        except (ValueError, LookupError, TypeError):
            return unusable_reply("not a chat completion", content)
        stop = {"stop": "end", "content_filter": "content-filter"}.get(
            choice["finish_reason"], choice["finish_reason"]
        )
        if said.get("refusal"):
            stop = "refusal"
        usage = Usage(body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"])
        return Completion(said.get("content") or said.get("refusal") or "", self.model, stop, usage)


def limits(headers: dict[str, str]) -> Limits | None:
    """What a test's server tells of its limits."""
    left = headers.get("x-ratelimit-remaining-requests")
    if left is None:
        return None
    return Limits(int(left), requests_reset=float(headers["x-ratelimit-reset-requests"]))
