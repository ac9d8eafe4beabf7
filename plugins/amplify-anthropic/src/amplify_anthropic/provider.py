"""The provider: one attempt at one call, in the engine's loop, or a batch of them."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import anthropic
import httpx2

from amplify import (
    STUMBLES,
    AsyncProvider,
    BadReply,
    BatchGone,
    BatchStatus,
    Completion,
    Context,
    Failure,
    FoundBatch,
    MostTokens,
    PlanError,
    ProviderError,
    Reply,
    Request,
    Secret,
    certificates,
    may_ask_again,
    on_this_machine,
    service_address,
    unusable_reply,
)
from amplify_anthropic import batches, bounds, failures, lost, replies
from amplify_anthropic.bodies import STOPS, body
from amplify_anthropic.client import Client
from amplify_anthropic.options import AnthropicOptions

ANTHROPIC = "https://api.anthropic.com"

T = TypeVar("T")

ERRORS = (BadReply, anthropic.AnthropicError, httpx2.HTTPError, aiohttp.ClientError, OSError)
"""What a call may raise that the service or the way to it is to blame for."""

SHAPING = ("system", "effort", "thinking", "thinking_tokens", "extra")


class AnthropicProvider(AsyncProvider):
    """The service, asked call by call or in batches.

    The client is made at the first call, in the loop that it belongs to."""

    def __init__(self, options: AnthropicOptions, context: Context) -> None:
        self._options = options
        self.limit = options.context
        told = os.environ.get("ANTHROPIC_BASE_URL", "").strip()
        self._base_url = service_address(told or ANTHROPIC, "ANTHROPIC_BASE_URL")
        # Whole, so that the SDK need not put it together for each call, which takes it long.
        self._address = f"{self._base_url}/v1/messages"
        self._key = Secret.read("ANTHROPIC_API_KEY")
        # The SDK sends them along; as long as they are held, no reply that is kept shows them.
        self._headers = Secret.in_headers("ANTHROPIC_CUSTOM_HEADERS")
        if self._key is None and self._base_url == ANTHROPIC:
            raise PlanError(
                "ANTHROPIC_API_KEY is not set",
                where="llm anthropic",
                hint="set it, or name a server that needs none in ANTHROPIC_BASE_URL",
            )
        if options.ca_file and urlsplit(self._base_url).hostname == urlsplit(ANTHROPIC).hostname:
            raise PlanError(
                "is for a server of your own: Anthropic's certificate is checked as usual",
                where="[llm] ca_file",
                hint="behind a proxy that opens TLS, set SSL_CERT_FILE in the shell",
            )
        ca_file = context.find(options.ca_file) if options.ca_file else None
        secure = self._base_url.startswith("https:")
        self._certificates = certificates(ca_file, "[llm] ca_file") if secure else None
        self._stops = True
        self.batch = options.batch
        self.warms = options.cache != "off"

    @property
    def identity(self) -> dict[str, Any]:
        """The server, the model and all that shapes a reply; never a key."""
        told = {name: getattr(self._options, name) for name in SHAPING}
        return {
            "provider": "anthropic/anthropic",
            "base_url": self._base_url,
            "model": self._options.model,
            **{name: value for name, value in told.items() if value},
        }

    def most_tokens(self, request: Request) -> MostTokens:
        """The bound of the very body that is sent: system message, thinking and all."""
        return bounds.most_tokens(body(self._options, request), self._options.context)

    async def answer(self, request: Request) -> Reply:
        """One attempt. Stop strings that the server refuses are left out, from then on."""
        began = time.perf_counter()
        sent = body(self._options, request, self._stops)
        try:
            response = await self._client.post(self._address, cast_to=httpx2.Response, body=sent)
            content, headers = response.content, response.headers
        except UnicodeEncodeError as error:
            bad = Failure("bad-request", f"the prompt cannot be sent: {error.reason}")
            limits = None
        except ERRORS as error:
            refused = STOPS in sent and failures.refuses(error, STOPS)
            self._stops = self._stops and not refused
            if refused and may_ask_again():
                return await self.answer(request)
            bad, limits = failures.of_error(error), failures.limits(failures.headers_of(error))
            bad = replace(bad, retry=bad.retry or refused)  # they are left out from now on
        else:
            seconds = time.perf_counter() - began
            told = self._told(replies.read(content), seconds, request.stop)
            return Reply(told, failures.limits(headers))
        return Reply(self._scrubbed(bad), limits)

    async def close(self) -> None:
        """Close the connections."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            await client.close()

    async def submit(self, requests: Mapping[str, Request]) -> str:
        """The id of a new batch of these calls."""
        bodies = {
            key: body(self._options, request, self._stops) for key, request in requests.items()
        }
        return await self._guarded(batches.submit(self._client, bodies))

    async def latest(self) -> str | None:
        """The newest batch."""
        return await self._guarded(lost.latest(self._client))

    async def find(self, names: Sequence[str], after: str | None) -> FoundBatch:
        """The batch of the calls with these names; those that may be it, while they run."""
        return await self._guarded(lost.find(self._client, frozenset(names), after))

    async def status(self, batch: str) -> BatchStatus:
        """How far the batch is."""
        return await self._guarded(batches.status(self._client, batch))

    async def fetch(self, batch: str) -> AsyncIterator[tuple[str, Completion | Failure]]:
        """The outcomes of a batch, by the keys that it was submitted with."""
        lines, most = await self._guarded(batches.results(self._client, batch))
        keys: set[str] = set()
        found = None
        for line in filter(bytes.strip, lines.splitlines()):
            found = batches.outcome(line)
            if found is not None:
                keys.add(found[0])
                yield found[0], self._told(found[1], 0.0, ())
        if lines and found is None and not 0 < most <= len(keys):
            raise self._refusal(unusable_reply(f"its results are not whole: {len(keys)} of them"))

    def _told(
        self, outcome: Completion | Failure, seconds: float, stop: tuple[str, ...]
    ) -> Completion | Failure:
        if isinstance(outcome, Failure):
            return self._scrubbed(outcome)
        model = outcome.model or self._options.model
        return replace(outcome, model=model, seconds=seconds).until(stop)

    def _scrubbed(self, failure: Failure) -> Failure:
        key = self._key
        return replace(failure, message=key.scrub(failure.message)) if key else failure

    async def _guarded(self, work: Awaitable[T]) -> T:
        """What a step of a batch comes to; ProviderError, of plain text, where it fails."""
        kind = ProviderError
        try:
            return await work
        except UnicodeEncodeError as error:
            failure = Failure("bad-request", f"a prompt cannot be sent: {error.reason}")
        except (*ERRORS, *STUMBLES) as error:
            failure = failures.of_error(error)
            kind = BatchGone if isinstance(error, anthropic.NotFoundError) else kind
        # Raised out here, it does not carry the SDK's exception along as its context.
        raise self._refusal(failure, kind)

    def _refusal(
        self, failure: Failure, kind: type[ProviderError] = ProviderError
    ) -> ProviderError:
        refusal = kind(
            self._scrubbed(failure).message,
            where="llm anthropic, batch",
            hint="what was answered is kept: go on with --resume",
        )
        refusal.undone = failure.undone
        return refusal

    @cached_property
    def _client(self) -> anthropic.AsyncAnthropic:
        local = on_this_machine(self._base_url)
        return anthropic.AsyncAnthropic(
            api_key=self._key.reveal() if self._key else "none",
            base_url=self._base_url,
            timeout=None,  # the engine sets deadlines
            max_retries=0,
            open_telemetry=False,  # no prompt goes elsewhere
            # Nothing stands between this machine and itself, whatever HTTP_PROXY says; its
            # certificates are checked as anybody's.
            http_client=Client(
                timeout=None, trust_env=not local, verify=self._certificates or True
            ),
        )
