"""The provider: one attempt at one call, in the engine's loop, or a batch of them."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import anthropic
import httpx2

from amplify import (
    BatchStatus,
    Completion,
    Context,
    Failure,
    FoundBatch,
    MostTokens,
    PlanError,
    Reply,
    Request,
    Secret,
)
from amplify.kit.address import on_this_machine, service_address
from amplify.kit.extra_requests import may_ask_again
from amplify.kit.http_failures import BadReply, unusable_reply
from amplify.kit.label_asker import CallOutcome, LabelAsker
from amplify.kit.label_calls import LabelCall
from amplify.kit.label_replies import LabelReply
from amplify.kit.service import (
    BoundedClient,
    ServiceProvider,
    headers_of,
    trusted_certificates,
    unsendable,
)
from amplify_anthropic import asking, batches, failures, replies
from amplify_anthropic.bodies import STOPS, body, most_tokens
from amplify_anthropic.options import AnthropicOptions

ANTHROPIC = "https://api.anthropic.com"

SHAPING = ("system", "effort", "thinking", "thinking_tokens", "extra")


class Client(BoundedClient, anthropic.DefaultAioHttpClient):
    """The SDK's own HTTP client, its answers bounded."""

    broken = httpx2.DecodingError
    file = "/results"


class AnthropicProvider(ServiceProvider):
    """Anthropic's API, asked call by call or in batches."""

    name = "anthropic"
    errors = (BadReply, anthropic.AnthropicError, httpx2.HTTPError, aiohttp.ClientError, OSError)
    unknown = anthropic.NotFoundError

    def __init__(self, options: AnthropicOptions, context: Context) -> None:
        self._options = options
        self.limit = options.context
        address = os.environ.get("ANTHROPIC_BASE_URL", "").strip()
        self._base_url = service_address(address or ANTHROPIC, "ANTHROPIC_BASE_URL")
        # Whole, so that the SDK need not put it together for each call, which takes it long.
        self._address = f"{self._base_url}/v1/messages"
        self.key = Secret.read("ANTHROPIC_API_KEY")
        # The SDK sends them along; as long as they are held, no reply that is kept shows them.
        self._headers = Secret.in_headers("ANTHROPIC_CUSTOM_HEADERS")
        if self.key is None and self._base_url == ANTHROPIC:
            raise PlanError(
                "ANTHROPIC_API_KEY is not set",
                where="llm anthropic",
                hint="set it, or name a server that needs none in ANTHROPIC_BASE_URL",
            )
        hosted = urlsplit(self._base_url).hostname == urlsplit(ANTHROPIC).hostname
        self._certificates = trusted_certificates(
            options.ca_file, self._base_url, hosted, "Anthropic", context
        )
        self._stops = True
        ways = asking.ways(options)
        usual = asking.ways(replace(options, answer_by="auto"))
        self._answers_otherwise = ways[0] != usual[0]
        self._asker = LabelAsker(ways, self._send_label_call)
        self.batch = options.batch
        self.warms = options.cache != "off"

    @property
    def identity(self) -> dict[str, Any]:
        """The server, the model and all that shapes a reply; never a key."""
        settings = {name: getattr(self._options, name) for name in SHAPING}
        return {
            "provider": "anthropic/anthropic",
            "base_url": self._base_url,
            "model": self._options.model,
            **{name: value for name, value in settings.items() if value},
            **({"answer_by": self._options.answer_by} if self._answers_otherwise else {}),
        }

    def most_tokens(self, request: Request) -> MostTokens:
        """The bound of the very body that is sent: system message, thinking and all."""
        if request.labels:
            return self._asker.most_tokens(
                request,
                lambda call: most_tokens(self._label_body(call), self._options.context),
                self.batch,
            )
        return most_tokens(body(self._options, request), self._options.context)

    async def answer(self, request: Request) -> Reply:
        """One attempt. Stop strings that the server refuses are left out, from then on."""
        began = time.perf_counter()
        if request.labels:
            reply = await self._asker.answer(request)
            stop: tuple[str, ...] = ()
        else:
            reply = await self._exchange(lambda: body(self._options, request, self._stops))
            stop = request.stop
        seconds = time.perf_counter() - began
        return replace(reply, outcome=self._finished(reply.outcome, seconds, stop))

    def failure_of(self, error: BaseException) -> Failure:
        """The failure that an exception of a call stands for."""
        return failures.of_error(error)

    async def submit(self, requests: Mapping[str, Request]) -> str:
        """The id of a new batch of these calls."""
        bodies = {
            key: self._label_body(self._asker.batch_call(request))
            if request.labels
            else body(self._options, request, self._stops)
            for key, request in requests.items()
        }
        return await self.batch_step(batches.submit(self._client, bodies))

    async def latest(self) -> str | None:
        """The newest batch."""
        return await self.batch_step(batches.latest(self._client))

    async def find(self, names: Sequence[str], after: str | None) -> FoundBatch:
        """The batch of the calls with these names; those that may be it, while they run."""
        return await self.batch_step(batches.find(self._client, frozenset(names), after))

    async def status(self, batch: str) -> BatchStatus:
        """How far the batch is."""
        return await self.batch_step(batches.status(self._client, batch))

    async def fetch(self, batch: str) -> AsyncIterator[tuple[str, Completion | Failure]]:
        """The outcomes of a batch, by the keys that it was submitted with."""
        lines, most = await self.batch_step(batches.results(self._client, batch))
        keys: set[str] = set()
        keyed = None
        for line in filter(bytes.strip, lines.splitlines()):
            keyed = batches.outcome(line)
            if keyed is not None:
                keys.add(keyed[0])
                yield keyed[0], self._finished(keyed[1], 0.0, ())
        if lines and keyed is None and not 0 < most <= len(keys):
            failure = unusable_reply(f"its results are not whole: {len(keys)} of them")
            raise self.batch_error(failure)

    def of_batch(self, request: Request, completion: Completion) -> Completion:
        """The completion of a batch's outcome, its label read where one was asked for."""
        if request.labels:
            return self._asker.of_batch(request, completion)
        return completion.until(request.stop)

    def _label_body(self, call: LabelCall) -> dict[str, Any]:
        return asking.label_body(self._options, call, self._stops)

    async def _send_label_call(self, call: LabelCall) -> CallOutcome:
        """What one call for a request with labels came to."""
        tool = asking.TOOL if call.way == "tool" else ""
        reply = await self._exchange(lambda: self._label_body(call), tool)
        outcome = reply.outcome
        if isinstance(outcome, Completion):
            return CallOutcome(LabelReply(outcome), reply.limits)
        refused = asking.refuses(outcome, call)
        if refused:
            outcome = replace(outcome, message=f"{outcome.message}; {asking.ADVICE}")
        return CallOutcome(outcome, reply.limits, refused)

    async def _exchange(self, make: Callable[[], dict[str, Any]], tool: str = "") -> Reply:
        """What the body that `make` makes comes to; `tool` as in `replies.read`."""
        while True:
            sent = make()
            try:
                response = await self._client.post(
                    self._address, cast_to=httpx2.Response, body=sent
                )
                content, headers = response.content, response.headers
            except UnicodeEncodeError as error:
                return Reply(unsendable(error))
            except self.errors as error:
                refused = STOPS in sent and failures.refuses(error, STOPS)
                self._stops = self._stops and not refused
                if refused and may_ask_again():
                    continue
                failure = self.failure_of(error)
                failure = replace(failure, retry=failure.retry or refused)  # left out from now on
                return Reply(failure, failures.limits(headers_of(error)))
            return Reply(replies.read(content, tool), failures.limits(headers))

    def _finished(
        self, outcome: Completion | Failure, seconds: float, stop: tuple[str, ...]
    ) -> Completion | Failure:
        return self.finished(outcome, self._options.model, seconds, stop)

    @cached_property
    def _client(self) -> anthropic.AsyncAnthropic:
        local = on_this_machine(self._base_url)
        return anthropic.AsyncAnthropic(
            api_key=self.key.reveal() if self.key else "none",
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
