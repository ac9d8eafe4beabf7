"""Opens the SDK's client to a server, its answers bounded."""

from __future__ import annotations

from ssl import SSLContext

import httpx2
import openai

from amplify.kit.service import BoundedClient
from amplify_openai import servers


class Client(BoundedClient, openai.DefaultAioHttpClient):
    """The SDK's own HTTP client, its answers bounded."""

    broken = httpx2.DecodingError
    file = "/content"


def open_client(server: servers.Server, certificates: SSLContext | None) -> openai.AsyncOpenAI:
    """A client of the server; `certificates` are those by which it is known, None: the usual ones.

    It makes one attempt at each call, without a deadline: both are the engine's.
    """
    client = openai.AsyncOpenAI(
        api_key=server.key.reveal() if server.key else "none",
        base_url=server.base_url,
        timeout=None,  # the engine sets deadlines
        max_retries=0,
        # Nothing stands between this machine and itself, whatever HTTP_PROXY says; its
        # certificates are checked as anybody's.
        http_client=Client(timeout=None, trust_env=not server.local, verify=certificates or True),
    )
    if server.kind is not servers.HOSTED:
        client.organization = client.project = None
    return client
