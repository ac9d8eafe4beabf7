"""The HTTP client that the SDK speaks through: bounded bodies, no redirects to elsewhere."""

from __future__ import annotations

from functools import partial
from typing import Any

import anthropic
import httpx2

from amplify import exchange

FILE = "/results"
"""How the path of a batch's results ends."""


class Client(anthropic.DefaultAioHttpClient):
    """The SDK's own client, each of whose calls is one `exchange`."""

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, **more: Any
    ) -> httpx2.Response:
        """The whole answer: nothing here is streamed."""
        more |= {"stream": True, "follow_redirects": False}
        file = request.method == "GET" and request.url.path.endswith(FILE)
        send = partial(super().send, **more)
        answer: httpx2.Response = await exchange(send, request, httpx2.DecodingError, file)
        return answer
